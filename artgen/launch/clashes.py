"""Jobs that would write into one run folder, or into the one that they begin with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from artgen.errors import JobError, Problem, seen_from_here
from artgen.launch.options import RunOptions
from artgen.runs.open import run_folder

if TYPE_CHECKING:
    from artgen.job.model import Job


def names_of(jobs: Sequence[Job], options: RunOptions) -> list[str]:
    """What the runs of some jobs are called: their names, with the folder where two in different places have the same."""
    names = [job.name for job in jobs]
    return [
        name if names.count(name) == 1 else f"{name} ({seen_from_here(run_folder(job, options).absolute())})"
        for name, job in zip(names, jobs, strict=True)
    ]


def refuse_shared_folders(jobs: Sequence[Job], options: RunOptions) -> None:
    """Let nobody begin with jobs of which one would write over another.

    Raises:
        JobError: two of them would write into one folder, or one into what it begins with.
    """
    owners: dict[Path, Job] = {}
    problems = []
    for job in jobs:
        first = owners.setdefault(run_folder(job, options).resolve(), job)
        if first is not job:
            text = f"two jobs are named '{job.name}' in one place; the other is {seen_from_here(first.file)}"
            problems.append(Problem(text, file=job.file))
        if job.train.from_ and job.train.from_.resolve() == run_folder(job, options).resolve():
            text = "[train] from is this run's own folder: give the job another name, so that what it begins with stays"
            problems.append(Problem(text, file=job.file))
    if problems:
        raise JobError(problems)
