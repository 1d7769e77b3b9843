"""What measuring takes of a run: the job of the emoji faces, with all cores, by the clock."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import torch

from artgen.engine import journal, training
from artgen.job import read_job
from artgen.launch.batch import run_all
from artgen.launch.options import RunOptions
from artgen.plugins import plugin_manager
from artgen.runs.progress import open_progress
from tests.bench.loop import JOB
from tests.bench.section import write_section

MINUTES = 5.0
"""About what the job takes on two cores."""


@contextmanager
def clocked(module: ModuleType, name: str) -> Iterator[list[float]]:
    """The seconds of each call of something that a module calls by name."""
    work = getattr(module, name)
    taken: list[float] = []

    def with_clock(*arguments, **options):
        began = time.perf_counter()
        result = work(*arguments, **options)
        taken.append(time.perf_counter() - began)
        return result

    setattr(module, name, with_clock)
    try:
        yield taken
    finally:
        setattr(module, name, work)


def main() -> None:
    """Train for some minutes, and write the section."""
    sets = (f"train.minutes={MINUTES}", "outputs=[]")
    with (
        tempfile.TemporaryDirectory() as folder,
        clocked(training, "Exam") as opening,
        clocked(journal, "measure") as measuring,
        clocked(training, "_write_final_figures") as last,
    ):
        os.environ["ARTGEN_CACHE"] = str(Path(folder) / "cache")
        jobs = read_job(JOB, sets=sets)
        began = time.perf_counter()
        run_all(jobs, RunOptions(Path(folder), fresh=True), open_progress("quiet"), plugin_manager())
        whole_s = time.perf_counter() - began
    during_s, last_s = sum(opening) + sum(measuring), sum(last)
    before_s = whole_s - last_s
    quality = jobs[0].quality
    write_section(
        f"Measuring as a share of a run, {'CUDA' if torch.cuda.is_available() else 'CPU'}",
        f"""
The job of `gallery/01-emoji-faces` with a budget of {MINUTES:g} minutes, without outputs, all cores, by the clock. At
checkpoints {quality.during} pictures are measured at most, and as few as it takes to stay under `[quality] share` =
{quality.share:g} of the training; once the budget is spent, {quality.final}.

| what | seconds | share | target |
|---|---|---|---|
| features of the real pictures, and {len(measuring)} times measuring at checkpoints, of the {before_s:.0f} s before the \
end | {during_s:.1f} | **{100 * during_s / before_s:.1f} %** | under 5 % |
| {quality.final} pictures at the end, of the whole {whole_s:.0f} s | {last_s:.1f} | {100 * last_s / whole_s:.1f} % | |
""",
    )
