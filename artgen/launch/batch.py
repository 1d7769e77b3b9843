"""Several jobs one after the other: one that fails does not stop the others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from artgen.errors import ArtgenError, InterruptedRun, JobError, Problem
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
        ArtgenError: one failed, after the others were run; a single job's own error is raised as it is.
        InterruptedRun: the user asked to stop; the rest is not begun.
    """
    _refuse_shared_folders(jobs, options)
    failed: list[ArtgenError] = []
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
            failed.append(error)
    if failed:
        told = "\n".join(str(error) for error in failed)
        raise ArtgenError(f"{len(failed)} of {len(jobs)} runs failed:\n{told}")


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
