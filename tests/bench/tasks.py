"""Workers: what a task costs beside its work, and whether two on two cores are as quick as one on both."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.bench.section import write_section
from tests.tiny_job import TINY_JOB

ROUNDS = 5
SWEEPS = 3
CORES = 2
PICTURES = Path(__file__).parents[1] / "data" / "pictures"
TARGET_S = 1.5

LARGER = TINY_JOB.replace("size = 16", "size = 64").replace("width = 4", "width = 24").replace("batch = 4", "batch = 8")
TRAININGS = LARGER.replace("steps = 24", "steps = 150").replace("checkpoint_steps = 4", "checkpoint_steps = 150")
RENDERS = LARGER.replace("steps = 24", "steps = 1").replace('seeds = "0-8"', 'seeds = "0-299"')
SWEEP = '\n[matrix]\n"job.seed" = [1, 2, 3, 4]\n'


def timed(words: Sequence[str], folder: Path, **variables: str) -> float:
    """The seconds by the clock that a command takes."""
    environment = {**os.environ, "ARTGEN_CACHE": str(folder / "cache"), **variables}
    began = time.perf_counter()
    subprocess.run([sys.executable, *words], check=True, cwd=folder, stdout=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - began


def leave(folder: Path, job: str) -> None:
    """A job beside its pictures."""
    shutil.copytree(PICTURES, folder / "pictures", ignore=shutil.ignore_patterns("*.md"))
    (folder / "job.toml").write_text(job.format(pictures="pictures"), encoding="utf-8")


def overhead() -> tuple[list[float], list[float]]:
    """Of a worker whose output is finished but for its done-mark, and of importing torch alone, in turn."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        leave(folder, TINY_JOB.replace("steps = 24", "steps = 1").replace('seeds = "0-8"', 'seeds = "0"'))
        timed(["-m", "artgen", "run", "job.toml"], folder, OMP_NUM_THREADS="1")
        workers, torches = [], []
        for _ in range(ROUNDS):
            shutil.rmtree(folder / "runs/tiny/tasks/output@images")
            lock = "runs/tiny/job.lock.toml"
            workers.append(timed(["-m", "artgen", "task", lock, "output:images", "--log"], folder, OMP_NUM_THREADS="1"))
            torches.append(timed(["-c", "import torch"], folder, OMP_NUM_THREADS="1"))
    return workers, torches


def of_sweep(job: str) -> tuple[list[float], list[float]]:
    """Four runs by one worker on both cores, and by two with a core each, in turn."""
    one, two = [], []
    for _ in range(SWEEPS):
        for jobs, seconds in ((1, one), (CORES, two)):
            with tempfile.TemporaryDirectory() as place:
                folder = Path(place)
                leave(folder, job + SWEEP)
                words = ["-m", "artgen", "run", "job.toml", "--jobs", str(jobs)]
                seconds.append(timed(words, folder, OMP_NUM_THREADS=str(CORES)))
    return one, two


def main() -> None:
    """Measure all of it, and write the section."""
    workers, torches = overhead()
    beyond = [worker - torch for worker, torch in zip(workers, torches, strict=True)]
    rows = [
        f"| a worker beside importing torch ({statistics.median(torches):.2f} s) | "
        f"**{statistics.median(beyond):.2f} s** ({min(beyond):.2f} to {max(beyond):.2f}) | under {TARGET_S:g} s |"
    ]
    for what, job in (("small trainings", TRAININGS), ("renders of 300 pictures", RENDERS)):
        one, two = of_sweep(job)
        ratios = [ours / theirs for ours, theirs in zip(two, one, strict=True)]
        rows.append(
            f"| four {what}: two workers with a core each over one with both | **{statistics.median(ratios):.2f}** "
            f"({min(ratios):.2f} to {max(ratios):.2f}), {statistics.median(two):.1f} s over {statistics.median(one):.1f} s "
            "| at most 1 |"
        )
    write_section(
        "Workers",
        f"""
A worker reads the lock, opens the checkpoint, and finds its one picture painted. The sweep is four runs with their outputs,
each a process. Median of {ROUNDS} rounds in turn, {SWEEPS} of the sweep, the least and the most.

| what | figure | target |
|---|---|---|
"""
        + "\n".join(rows),
    )
