"""Films: the whole against the slower of painting alone and encoding alone, and the memory of short and long ones.

Writes its section of ``docs/benchmarks.md``.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import torch

from artgen.contracts import PictureShape
from artgen.generators.config import DCGANConfig
from artgen.generators.dcgan import DCGAN
from artgen.latents.paths import Space, through_seeds
from artgen.latents.sampler import Picture, Sampler
from artgen.latents.timing import steady_pace
from artgen.outputs.films.config import InterpolationConfig
from artgen.outputs.films.film import Film
from artgen.outputs.films.form import FilmForm
from artgen.outputs.films.interpolation import Interpolation
from artgen.runs.checkpoints import CheckpointInfo
from artgen.runs.store import Run
from tests.bench.cores import a_core_each
from tests.bench.ratio import interval
from tests.bench.section import write_section
from tests.outputs.films import encode_film

FRAMES = 360
"""Of a film of the default length."""
ROUNDS = 10
SIDE, SCALE = 64, 8
SHORT, LONG = 300, 10_000
MOST = 1.2
"""Times the memory of the short one that the long one may take."""


def _sampler() -> Sampler:
    torch.manual_seed(0)
    shape = PictureShape(SIDE, SIDE, 3)
    return Sampler(DCGAN(DCGANConfig(), shape).to(memory_format=torch.channels_last), shape)


def _config() -> InterpolationConfig:
    """At an even pace, since measuring a path is neither painting a film nor encoding it."""
    return InterpolationConfig(seconds=FRAMES / 30, fps=30, seeds="0-5", scale=SCALE, pace="even")


def _run(folder: Path) -> Run:
    folder.mkdir()
    checkpoint = CheckpointInfo(folder, 0, 0, "", {})
    return Run(folder, "bench", None, {}, checkpoint)  # type: ignore[arg-type] - outputs do not look at the job


def _paint(source: Sampler) -> list[Picture]:
    space = Space(source, range(6), "w", truncation=1.0, label=None)
    path = through_seeds(space, range(6), "spline", closed=True)
    return list(source.along(path.points(map(steady_pace(path.length, FRAMES).position, range(FRAMES)))))


def _encode(pictures: list[Picture], folder: Path) -> None:
    film = Film(folder, FilmForm(SIDE, SIDE, scale=SCALE), FRAMES)
    encode_film(film, pictures)


def _seconds(work: object, *arguments: object) -> float:
    began = time.perf_counter()
    work(*arguments)  # type: ignore[operator]
    return time.perf_counter() - began


def _move_encoders(core: int) -> None:
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.Error):
            child.cpu_affinity([core])


def _speed(folder: Path, what: str, target: str) -> str:
    """A row of the table."""
    folder.mkdir()
    source = _sampler()
    pictures = _paint(source)
    times: dict[str, list[float]] = {"painting": [], "encoding": [], "whole": []}
    for number in range(ROUNDS):
        works = {
            "painting": lambda: _paint(source),
            "encoding": lambda number=number: _encode(pictures, folder / f"e{number}"),
            "whole": lambda number=number: Interpolation(_config(), "film").write(source, _run(folder / f"w{number}")),
        }
        names = list(works)
        for name in names[number % 3 :] + names[: number % 3]:  # who goes first changes
            times[name].append(_seconds(works[name]))
    slower = max(times["painting"], times["encoding"], key=np.median)
    median, low, high = interval(np.array(slower) / np.array(times["whole"]))
    speeds = " | ".join(f"{FRAMES / np.median(taken):.1f}" for taken in times.values())
    row = f"| {what} | {speeds} | **{median:.3f}** [{low:.3f}, {high:.3f}] | {target} |"
    print(row, flush=True)
    return row


def _peak_bytes(frames: int) -> int:
    """Of a process that makes one film: the most that it and its children held together, looked at every 20 ms."""
    process = psutil.Popen([sys.executable, "-m", "tests.bench.film", str(frames)], stdout=subprocess.PIPE)
    peak = 0
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.02):
            held = 0
            try:
                for each in (process, *process.children(recursive=True)):
                    # shared pages once: between fork and exec a child seems to hold all that its parent does
                    held += each.memory_full_info().pss if psutil.LINUX else each.memory_info().rss
            except psutil.Error:
                continue
            peak = max(peak, held)

    watcher = threading.Thread(target=watch)
    watcher.start()
    output, _ = process.communicate()
    done.set()
    watcher.join()
    if process.returncode or json.loads(output) != frames:
        raise RuntimeError(f"the film of {frames} frames failed")
    return peak


def main() -> None:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        if psutil.LINUX and len(os.sched_getaffinity(0)) > 1:
            with a_core_each(_move_encoders):
                rows.append(_speed(Path(folder) / "apart", "a core each", "at least 0.9"))
        rows.append(_speed(Path(folder) / "together", "all cores for both", ""))
    short, long = _peak_bytes(SHORT), _peak_bytes(LONG)
    table = "\n".join(rows)
    write_section(
        "Films",
        f"""
{SIDE}×{SIDE} painted, enlarged to {SIDE * SCALE}×{SIDE * SCALE}, H.264 at crf 17, frames per second; {ROUNDS} rounds.

| what | painting alone | encoding alone | whole | whole over the slower [95 %] | target |
|---|---|---|---|---|---|
{table}

Where painting and encoding share the cores, each has all of them when it is alone, so the work of the two adds up: the
whole can then be no faster than 1 / (1/painting + 1/encoding). The first row gives each a core of its own, alone and
together.

Peak memory, ffmpeg and the measuring of the path included: {short / 2**20:.0f} MiB at {SHORT:,} frames,
{long / 2**20:.0f} MiB at {LONG:,}: **{long / short:.3f}** (target at most {MOST}).
""",
    )


def _one_film(frames: int) -> None:
    """With a new seed every two seconds, as films are by default."""
    config = InterpolationConfig(seconds=frames / 30, fps=30, scale=SCALE)
    with tempfile.TemporaryDirectory() as folder:
        (film,) = Interpolation(config, "film").write(_sampler(), _run(Path(folder) / "run"))
    print(json.dumps(film.details["frames"]))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _one_film(int(sys.argv[1]))
    else:
        main()
