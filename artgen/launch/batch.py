"""Several jobs in one call: one that fails does not stop the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from artgen.distributions import BUILTIN
from artgen.engine.team.place import torchrun_place
from artgen.errors import ArtgenError, BatchFailed, DataError, InterruptedRun, OneStopped, RunChangedError
from artgen.launch.clashes import refuse_shared_folders
from artgen.launch.contract import Batch, Launcher
from artgen.launch.here import run_here
from artgen.launch.options import RunOptions
from artgen.launch.scheduler import Scheduler
from artgen.runs.open import run_folder
from artgen.runs.progress import Progress
from artgen.runs.tasks.attempts import WHOLE_RUN, last_attempt
from artgen.runs.tasks.holding import busy
from artgen.runs.tasks.watch import Watch

if TYPE_CHECKING:
    from artgen.config import LauncherConfig
    from artgen.job.model import Job
    from artgen.plugins import PluginManager


_BY_EXIT_CODE = {error.exit_code: error for error in (RunChangedError, DataError)}


def run_all(jobs: Sequence[Job], options: RunOptions, progress: Progress, plugins: PluginManager) -> None:
    """Run jobs, each by its own launcher.

    One that the local launcher has to itself is run in this process; of several, each task has a process of its own.

    Raises:
        JobError: two of them would write into one folder.
        RunBusyError: somebody is at one of them.
        BatchFailed: some failed, after the others were run.
        ArtgenError: the only one failed.
        OneStopped: somebody asked one of several to stop; the others are done.
        InterruptedRun: the user asked to stop; the rest is not begun.
    """
    refuse_shared_folders(jobs, options)
    if len(jobs) == 1 and options.jobs in (None, 1) and _is_local(jobs[0]):
        run_here(jobs[0], options, progress, plugins)
        return
    if torchrun_place() is not None:
        _run_each_here(jobs, options, progress, plugins)
        return
    _refuse_busy(jobs, options)
    failures: dict[str, str] = {}
    exit_codes: dict[str, int] = {}
    stopped: list[OneStopped] = []
    for launched in _by_launcher(jobs):
        part = launched[0].launcher
        batch = Batch(len(launched), options.jobs, progress.say, progress.warn)
        launcher: Launcher = part.component.load()(part.config, batch)
        scheduler = Scheduler(launched, launcher, options, progress, plugins)
        try:
            scheduler.run()
        except OneStopped as error:
            stopped.append(error)
        finally:
            launcher.close()
        failures |= scheduler.failures
        exit_codes |= scheduler.exit_codes
        if failures and options.fail_fast:
            break
    if stopped and not failures:
        raise OneStopped.of(stopped)
    if failures and len(jobs) == 1:
        name = jobs[0].name
        raise _BY_EXIT_CODE.get(exit_codes.get(name, 1), ArtgenError)(failures[name], where=name)
    if failures:
        raise BatchFailed(len(jobs), failures)


def _run_each_here(jobs: Sequence[Job], options: RunOptions, progress: Progress, plugins: PluginManager) -> None:
    """One after the other in this process, which leads others that follow it from job to job."""
    failures = {}
    for job in jobs:
        try:
            run_here(job, options, progress, plugins)
        except InterruptedRun:
            raise
        except ArtgenError as error:
            progress.warn(f"{job.name}: {error}")
            failures[job.name] = str(error)
            if options.fail_fast:
                break
    if failures:
        raise BatchFailed(len(jobs), failures)


def _is_local(job: Job) -> bool:
    return job.launcher.component.qualified == f"{BUILTIN}:local" and not job.launcher.config.jobs > 1


def _by_launcher(jobs: Sequence[Job]) -> list[list[Job]]:
    """The jobs of each launcher with the same options, in their order."""
    found: list[list[Job]] = []
    for job in jobs:
        same = (them for them in found if (them[0].launcher.type, them[0].launcher.config) == _launcher_of(job))
        group = next(same, None)
        if group is None:
            found.append([job])
        else:
            group.append(job)
    return found


def _launcher_of(job: Job) -> tuple[str, LauncherConfig]:
    return job.launcher.type, job.launcher.config


def refuse_what_cannot_begin(jobs: Sequence[Job], options: RunOptions) -> None:
    """Let nobody begin, or set anything aside, with jobs that cannot be run now.

    Raises:
        JobError: two of them would write into one folder.
        RunBusyError: somebody is at one of them.
    """
    refuse_shared_folders(jobs, options)
    _refuse_busy(jobs, options)


def _refuse_busy(jobs: Sequence[Job], options: RunOptions) -> None:
    """Somebody who gives the same command twice is told at once, before anything is begun."""
    for job in jobs:
        folder = run_folder(job, options)
        held = last_attempt(folder, WHOLE_RUN)
        if held and not held.over and Watch().lives(held):
            raise busy(folder, held)
