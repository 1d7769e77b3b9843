"""Doing a task that this process holds, and noting what has become of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artgen.errors import InterruptedRun, RunBusyError
from artgen.launch.graph import is_shard
from artgen.launch.keys import Keys, made_by
from artgen.launch.tasks import PAINT, do_task
from artgen.runs.canvases import finished_canvases

if TYPE_CHECKING:
    from artgen.data.pictures import Pictures
    from artgen.plugins import PluginManager
    from artgen.runs.progress import Progress
    from artgen.runs.store import Run
    from artgen.runs.tasks.lease import Lease


def do_held(
    task: str,
    run: Run,
    pictures: Pictures | None,
    lease: Lease,
    keys: Keys,
    progress: Progress,
    plugins: PluginManager,
) -> None:
    """Do a task to its end.

    Args:
        pictures: that are learned from, where the task learns.
        lease: of the task; what was done is noted there, and whether it is of use should it fail.

    Raises:
        InterruptedRun: somebody asked to stop; what was finished is kept.
        ArtgenError: it failed.
    """
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
    lease.end("done", key=key, made="" if is_shard(task) else made_by(run.job, run.folder, task))
