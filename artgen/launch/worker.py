"""A worker: one task of a run that was begun, done in a process of its own. A lock and an id are all that it needs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from artgen.errors import InterruptedRun, JobError, RunBusyError
from artgen.job import read_job
from artgen.launch.graph import is_shard, lease_of, title_of
from artgen.launch.keys import Keys, made_by
from artgen.launch.pictures import fingerprints_of, opened_pictures
from artgen.launch.tasks import OUTPUT, PAINT, do_task
from artgen.runs.canvases import finished_canvases
from artgen.runs.holding import held_task
from artgen.runs.open import check_learned_from, open_task
from artgen.runs.reported import ReportedProgress
from artgen.runs.stop import StopSignals
from artgen.runs.stop_file import StopRequests

if TYPE_CHECKING:
    from collections.abc import Callable

    from artgen.job.model import Job
    from artgen.plugins import PluginManager
    from artgen.runs.lease import Lease
    from artgen.runs.progress import Progress
    from artgen.runs.store import Run

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
    lock = lock.absolute()
    folder, trained = lock.parent, not task.startswith(OUTPUT)
    (job,) = read_job(lock, device=device, manager=plugins, inputs_needed=trained)
    _check_task(job, task, lock)
    with (
        StopSignals(progress.warn) as signals,
        held_task(folder, lease_of(task), warn=progress.warn, token=os.environ.get(ATTEMPT, "")) as lease,
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


def _do(task: str, run: Run, lease: Lease, keys: Keys, progress: Progress, plugins: PluginManager) -> None:
    pictures = None
    if task.partition(":")[0] == "train":
        pictures = opened_pictures(run.job, progress)
        check_learned_from(run, fingerprints_of(run.job, pictures))
    key = keys.key(run.job, run.folder, task)
    try:
        do_task(task, run, pictures, progress, plugins)
    except (InterruptedRun, RunBusyError):
        raise
    except Exception as error:
        if run.interrupted():
            # who takes a machine away ends whatever the worker has started along with it, such as an ffmpeg
            raise InterruptedRun(f"asked to stop, and then: {error}", hint="artgen run goes on.") from error
        lease.partly = task == PAINT and bool(finished_canvases(run.canvases))
        raise
    made = "" if is_shard(task) else made_by(run.job, run.folder, task)
    lease.end("done", key=key, made=made)


def _check_task(job: Job, task: str, lock: Path) -> None:
    name = ":".join(task.split(":")[:2]) if task.startswith(OUTPUT) else lease_of(task)
    if name not in job.tasks:
        raise JobError(f"'{task}' is no task of this run", where=lock.name, hint=f"There are: {', '.join(job.tasks)}")
