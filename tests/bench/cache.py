"""The cache: its build rate against a plain process pool, a second start, and its memory.

The first ratio is of the same calls on the same files, so it shows what the cache adds to decoding. The second is of
large JPEGs against what one would write with Pillow alone, so it shows what decoding at reduced size saves.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import psutil
from PIL import Image, ImageOps

from artgen.data.cache import open_pictures
from artgen.data.config import DataConfig
from artgen.data.decode import Recipe, decode
from artgen.data.pool import allowed_cores
from artgen.data.scan import scan
from tests.bench.ratio import interleaved, told

PICTURES = Path(__file__).parents[1] / "data" / "pictures"
SIZE_PX = 64
PAIRS = 10
SMALL, LARGE, MANY = 6_000, 48, 10_000
CHUNK = 32
RECIPE = Recipe.of(DataConfig(folder=Path(), size=SIZE_PX))


def main() -> None:
    """Print the four figures."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        small = varied(place / "small", SMALL, (256, 192))
        large = varied(place / "large", LARGE, (3000, 2250))
        many = varied(place / "many", MANY, (96, 80))
        print(f"{SIZE_PX}×{SIZE_PX}, {allowed_cores()} cores, {PAIRS} interleaved pairs")
        compared("the same calls, mixed formats of 256×192", small, place / "cache", ours_alone, "at least 0.95")
        compared("plain Pillow, JPEG of 3000×2250", large, place / "cache", plain_pillow, "over 0.95")
        second_start(many, place / "cache")
        memory(many, place)


def varied(folder: Path, count: int, size: tuple[int, int]) -> Path:
    """A folder of crops of real pictures: JPEG, or half of them PNG and WebP when they are small."""
    folder.mkdir()
    sources = [Image.open(path).convert("RGB") for path in sorted(PICTURES.iterdir()) if path.suffix != ".md"]
    for index in range(count):
        source = sources[index % len(sources)]
        inset = index // len(sources) % 20
        picture = source.resize(size, Image.Resampling.BILINEAR, (inset, inset, source.width, source.height - inset))
        kind = "jpg" if size[0] > 1000 else ("jpg", "png", "jpg", "webp")[index % 4]
        picture.save(folder / f"{index:05}.{kind}")
    return folder


def compared(title: str, folder: Path, cache: Path, calls: Callable[[str], bytes], target: str) -> None:
    """Pictures per second of the cache over those of a plain pool."""
    paths = [str(folder / file.name) for file in scan(folder)[0]]

    def ours() -> None:
        open_pictures(DataConfig(folder=folder, size=SIZE_PX), cache_folder=cache).close()

    def theirs() -> None:
        chunk = min(CHUNK, len(paths) // (4 * allowed_cores()))
        with ProcessPoolExecutor(allowed_cores()) as pool:
            assert len(list(pool.map(calls, paths, chunksize=chunk))) == len(paths)

    costs: dict[str, list[tuple[float, float]]] = {"ours": [], "theirs": []}

    def timed(who: str, work: Callable[[], None]) -> float:
        shutil.rmtree(cache, ignore_errors=True)
        cpu_s, clock_s = spent_cpu_s(), time.perf_counter()
        work()
        costs[who].append((time.perf_counter() - clock_s, spent_cpu_s() - cpu_s))
        return costs[who][-1][0]

    ours()  # so that both read from the page cache
    interleaved(lambda: timed("ours", ours), lambda: timed("theirs", theirs), PAIRS)
    ours_s, theirs_s = np.array(costs["ours"]), np.array(costs["theirs"])
    rates = f"{len(paths) / ours_s[:, 0].min():,.0f} pictures/s, plain pool {len(paths) / theirs_s[:, 0].min():,.0f}"
    print(f"build against {title}: {rates}")
    for column, what in enumerate(("by the clock", "by CPU time")):
        print(f"  {what}: {told(theirs_s[:, column] / ours_s[:, column], target)}", flush=True)


def spent_cpu_s() -> float:
    """CPU seconds of this process and of its children that have ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def ours_alone(path: str) -> bytes:
    """What the cache calls on a file, without the cache."""
    with Path(path).open("rb") as file:
        return decode(file, RECIPE)


def plain_pillow(path: str) -> bytes:
    """What one would write with Pillow."""
    with Image.open(path) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
        return ImageOps.fit(upright, (SIZE_PX, SIZE_PX), Image.Resampling.LANCZOS).tobytes()


def second_start(folder: Path, cache: Path) -> None:
    """Opening what is in the cache already, in this process."""
    config = DataConfig(folder=folder, size=SIZE_PX)
    open_pictures(config, cache_folder=cache).close()
    times_s = []
    for _ in range(PAIRS):
        started = time.perf_counter()
        open_pictures(config, cache_folder=cache).close()
        times_s.append(time.perf_counter() - started)
    print(f"second start, {MANY:,} pictures: {sorted(times_s)[PAIRS // 2]:.3f} s  (target under 0.2 s)")


def memory(many: Path, place: Path) -> None:
    """The peak of all processes of a build together, at 10,000 pictures and at a tenth."""
    few = place / "few"
    few.mkdir()
    for path in sorted(many.iterdir())[: MANY // 10]:
        os.link(path, few / path.name)
    peaks = [max(built_mb(folder, place / "cache") for _ in range(2)) for folder in (few, many)]
    told_peaks = f"{peaks[0]:.1f} MB at {MANY // 10:,}, {peaks[1]:.1f} MB at {MANY:,}"
    print(
        f"peak memory of a build, all processes: {told_peaks}\n  ratio {peaks[1] / peaks[0]:.3f}  (target at most 1.1)"
    )


def built_mb(folder: Path, cache: Path) -> float:
    """The highest sum of the resident memory of a building process and its workers."""
    shutil.rmtree(cache, ignore_errors=True)
    code = (
        "import sys; from pathlib import Path; from artgen.data.cache import open_pictures; "
        "from artgen.data.config import DataConfig; "
        "open_pictures(DataConfig(folder=Path(sys.argv[1])), cache_folder=Path(sys.argv[2]))"
    )
    stop = threading.Event()
    with subprocess.Popen([sys.executable, "-c", code, str(folder), str(cache)]) as process:

        def watch() -> Iterator[int]:
            while not stop.wait(0.01):
                with contextlib.suppress(psutil.Error):
                    parent = psutil.Process(process.pid)
                    yield sum(one.memory_info().rss for one in [parent, *parent.children(recursive=True)])

        watcher = threading.Thread(target=lambda: peaks.extend(watch()))
        peaks: list[int] = []
        watcher.start()
        process.wait()
        stop.set()
        watcher.join()
        peak = max(peaks)
    if process.returncode:
        raise RuntimeError(json.dumps({"built": str(folder), "exit": process.returncode}))
    return peak / 1e6
