"""A worker: one task of a run that was begun, done in a process of its own. A lock and an id are all that it needs."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from artgen.errors import InterruptedRun, JobError
from artgen.job import read_job
from artgen.launch.doing import do_held
from artgen.launch.graph import is_task, lease_of, title_of
from artgen.launch.keys import Keys
from artgen.launch.options import RunOptions
from artgen.launch.pictures import fingerprints_of, opened_pictures
from artgen.launch.tasks import OUTPUT
from artgen.runs.open import check_learned_from, has_begun, open_task
from artgen.runs.tasks.holding import held_task
from artgen.runs.tasks.reported import ReportedProgress
from artgen.runs.tasks.stop import StopSignals
from artgen.runs.tasks.stop_file import StopRequests

if TYPE_CHECKING:
    from collections.abc import Callable

    from artgen.job.model import Job
    from artgen.plugins import PluginManager
    from artgen.runs.progress import Progress
    from artgen.runs.store import Run
    from artgen.runs.tasks.lease import Lease

ATTEMPT = "ARTGEN_ATTEMPT"
"""Variable by which who started a worker knows its attempt."""


def work(
    lock: Path,
    task: str,
    progress: Progress,
    plugins: PluginManager,
    *,
    device: str | None = None,
    each_beat: Callable[[], None] = lambda: None,
) -> None:
    """Do one task of a run, unless it is done; what was begun goes on where it was.

    Args:
        lock: ``job.lock.toml`` of the run.
        task: its id.
        device: instead of the lock's.
        each_beat: done with every heartbeat.

    Raises:
        JobError: there is no such run or task.
        RunBusyError: another worker is at it.
        InterruptedRun: somebody asked to stop; what was finished is kept.
        ArtgenError: it failed.
    """
    lock, attempt = lock.absolute(), os.environ.get(ATTEMPT, "")
    folder, trained = lock.parent, not task.startswith(OUTPUT)
    (job,) = read_job(
        lock, device=device, manager=plugins, inputs_needed=trained, begun=partial(has_begun, RunOptions())
    )
    _check_task(job, task, lock)
    with (
        StopSignals(_silence if attempt else progress.warn) as signals,
        held_task(folder, lease_of(task), warn=progress.warn, token=attempt) as lease,
    ):
        lease.each_beat(each_beat)
        stop = StopRequests(lease, signals.requested)
        if stop.requested():
            raise InterruptedRun("somebody asked this run to stop; artgen run goes on", where=str(folder))
        keys = Keys()
        if keys.is_done(job, folder, task, lease.after):
            progress.say(f"{job.name}: {title_of(task)} is done")
            lease.vanish()
            return
        with open_task(folder, job, plugins=plugins, warn=progress.warn) as run:
            run.interrupted = stop.requested
            _do(task, run, lease, keys, ReportedProgress(progress, lease), plugins)


def _silence(_text: str) -> None:
    """Who gives out tasks says once that they are to stop; a hundred workers need not repeat it."""


def _do(task: str, run: Run, lease: Lease, keys: Keys, progress: Progress, plugins: PluginManager) -> None:
    pictures = None
    if task.partition(":")[0] == "train":
        pictures = opened_pictures(run.job, progress)
        check_learned_from(run, fingerprints_of(run.job, pictures))
    do_held(task, run, pictures, lease, keys, progress, plugins)


def _check_task(job: Job, task: str, lock: Path) -> None:
    if not is_task(job, task):
        raise JobError(f"'{task}' is no task of this run", where=lock.name, hint=f"There are: {', '.join(job.tasks)}")
