"""What a page over 5,000 pictures costs: its first picture, scrolling, one picture more; and thumbnails against Pillow."""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import numpy as np
from PIL import Image

from artgen.job.model import Job
from artgen.outputs.config import GalleryConfig
from artgen.outputs.gallery import Gallery
from artgen.outputs.gallery.tiles import page_picture, write_small
from artgen.outputs.works import Work
from artgen.outputs.writing import BackgroundWriter
from artgen.runs.checkpoints import CheckpointInfo
from artgen.runs.store import Run
from tests.bench.ratio import interleaved, told
from tests.outputs.browser import Browser
from tests.outputs.networks import sampler

PICTURES = 5000
DIFFERENT = 64
THUMBNAILS, PAIRS = 400, 4
SIDE_PX = 256
DETAILS = {"Software": "artgen", "artgen": '{"seed":7}'}

OBSERVE = """
window.seen = {first: 0, tasks: [], shifts: 0};
new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map((one) => one.duration)))
  .observe({type: "longtask", buffered: true});
new PerformanceObserver((list) => list.getEntries().forEach((one) => { seen.shifts += one.value; }))
  .observe({type: "layout-shift", buffered: true});
const look = () => {
  if (document.querySelector("#grid img")?.naturalWidth) seen.first = performance.now();
  else setTimeout(look, 5);
};
look();
"""
SCROLL = """
(async () => {
  seen.tasks.length = 0;
  const frame = () => new Promise(requestAnimationFrame);
  const end = document.documentElement.scrollHeight;
  for (let at = 0; at < end; at += 300) { scrollTo(0, at); await frame(); }
  await new Promise((done) => setTimeout(done, 300));
})()
"""


def open_run(folder: Path) -> Run:
    """An empty run, or that which is there."""
    lock = {
        "job": {"name": "faces"},
        "generator": {"type": "dcgan"},
        "losses": [{"type": "adversarial", "weight": 1.0}],
    }
    checkpoint = CheckpointInfo(folder / "checkpoints" / "00000010", 10, 320, "ab" * 32, {})
    return Run(folder, "faces", cast(Job, None), lock, checkpoint)


def write_gallery(run: Run, count: int) -> None:
    """The page over the first pictures; paints what is missing."""
    Gallery(GalleryConfig(count=count), "gallery").write(sampler(), run)


def multiply(folder: Path, count: int) -> None:
    """Let the first few pictures stand for many: painting is not what is measured."""
    for name in ("{}.png", "tiles/{}.webp", "views/{}.webp"):
        for seed in range(DIFFERENT, count):
            stems = [f"seed-{one:06d}" for one in (seed % DIFFERENT, seed)]
            os.link(*(folder / name.format(stem) for stem in stems))
    facts = json.loads((folder / "facts.json").read_text())
    known = list(facts["pictures"].values())
    facts["pictures"] = {f"seed-{seed:06d}": known[seed % DIFFERENT] for seed in range(count)}
    (folder / "facts.json").write_text(json.dumps(facts))


def seconds_of(action: Callable[[], object]) -> float:
    """By the clock."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def rebuild(folder: Path) -> str:
    """One picture more, again and again, each in a run that is opened anew."""
    times = [seconds_of(lambda: write_gallery(open_run(folder), PICTURES + more)) for more in range(1, 6)]  # noqa: B023
    return f"{statistics.median(times):.2f} s ({min(times):.2f} to {max(times):.2f}) for one picture more (target 2)"


def look_at(page: Path) -> dict[str, Any]:
    """What a browser says of the page, after scrolling through all of it."""
    with Browser() as browser:
        browser.look(1440, 900)
        browser.call("Page.addScriptToEvaluateOnNewDocument", source=OBSERVE)
        browser.open(page)
        browser.ask(SCROLL)
        return dict(browser.ask("seen"))


def thumbnails() -> list[float]:
    """Our rate over Pillow's, chunk by chunk: the same pictures, sizes, qualities and threads."""
    noise = np.random.default_rng(0).integers(0, 256, (12, 12, 3), np.uint8)
    image = Image.fromarray(noise).resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC)
    works = [Work(f"seed-{n:06d}", "", "", (), "", SIDE_PX, SIDE_PX, 3) for n in range(THUMBNAILS // PAIRS // 2)]
    threads = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("tiles", "views"):
            (folder / part).mkdir()
        pictures = [page_picture(work, folder / f"{work.stem}.png", numbered=True) for work in works]

        def ours() -> None:
            with BackgroundWriter(threads) as writer:
                for picture in pictures:
                    writer.submit(write_small, image, picture, DETAILS)

        def pillow_alone(picture: Any) -> None:
            for size, file, quality in (
                (picture.view_size, picture.view, 90),
                (picture.tile_size, picture.tile, 86),
            ):
                image.resize(size, Image.Resampling.LANCZOS).save(file, "WEBP", quality=quality, method=2)

        def theirs() -> None:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(pillow_alone, pictures))

        our_s, their_s = interleaved(lambda: seconds_of(ours), lambda: seconds_of(theirs), PAIRS)
    return list(their_s / our_s)


def main() -> None:
    """Print all of it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_gallery(open_run(folder), DIFFERENT)
        multiply(folder / "artifacts" / "gallery", PICTURES)
        print(
            f"page over {PICTURES:,} pictures, first {seconds_of(lambda: write_gallery(open_run(folder), PICTURES)):.2f} s"
        )
        print(f"rebuilt in {rebuild(folder)}")
        page = folder / "index.html"
        print(f"{page.stat().st_size / 2**20:.1f} MiB")
        for _ in range(3):
            seen = look_at(page)
            longest = max(seen["tasks"], default=0)
            print(
                f"first picture after {seen['first']:.0f} ms (target 1000); longest task while scrolling {longest:.0f} ms "
                f"(target 200); layout shift {seen['shifts']:.4f}"
            )
    print(f"{THUMBNAILS:,} thumbnails, against Pillow alone: {told(thumbnails(), 'at least 0.9')}")


if __name__ == "__main__":
    main()
