"""Several jobs one after the other: one that fails does not stop the others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from artgen.errors import ArtgenError, BatchFailed, InterruptedRun, JobError, Problem
from artgen.launch.options import RunOptions
from artgen.runs.open import run_folder
from artgen.runs.progress import Progress

if TYPE_CHECKING:
    from artgen.job.model import Job
    from artgen.plugins import PluginManager


def run_all(jobs: Sequence[Job], options: RunOptions, progress: Progress, plugins: PluginManager) -> None:
    """Run jobs in their order, each by its own launcher.

    Raises:
        JobError: two of them would write into one folder.
        BatchFailed: some failed, after the others were run.
        ArtgenError: the only one failed.
        InterruptedRun: the user asked to stop; the rest is not begun.
    """
    _refuse_shared_folders(jobs, options)
    failed: dict[str, str] = {}
    for job in jobs:
        try:
            launcher = job.launcher.component.load()(job.launcher.config)
            launcher.launch(job, options, progress, plugins)
        except InterruptedRun:
            raise
        except ArtgenError as error:
            if len(jobs) == 1:
                raise
            progress.warn(f"{job.name}: {error}")
            failed[job.name] = str(error)
    if failed:
        raise BatchFailed(len(jobs), failed)


def _refuse_shared_folders(jobs: Sequence[Job], options: RunOptions) -> None:
    owners: dict[Path, Job] = {}
    problems = []
    for job in jobs:
        first = owners.setdefault(run_folder(job, options).resolve(), job)
        if first is not job:
            problems.append(
                Problem(f"two jobs are named '{job.name}' in one place; the other is {first.file.name}", file=job.file)
            )
    if problems:
        raise JobError(problems)
