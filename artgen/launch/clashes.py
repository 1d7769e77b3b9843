"""Jobs that would write into one run folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from artgen.errors import JobError, Problem, seen_from_here
from artgen.launch.options import RunOptions
from artgen.runs.open import run_folder

if TYPE_CHECKING:
    from artgen.job.model import Job


def refuse_shared_folders(jobs: Sequence[Job], options: RunOptions) -> None:
    """Let nobody begin with jobs of which one would write over another.

    Raises:
        JobError: two of them would write into one folder.
    """
    owners: dict[Path, Job] = {}
    problems = []
    for job in jobs:
        first = owners.setdefault(run_folder(job, options).resolve(), job)
        if first is not job:
            text = f"two jobs are named '{job.name}' in one place; the other is {seen_from_here(first.file)}"
            problems.append(Problem(text, file=job.file))
    if problems:
        raise JobError(problems)
