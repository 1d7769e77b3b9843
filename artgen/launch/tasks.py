"""The tasks of a job as plain names, and how one is done."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from artgen.errors import ArtgenError, CheckpointError, InterruptedRun
from artgen.job.threads import threads_of_job
from artgen.runs.progress import Progress
from artgen.runs.room import RoomWatch, check_room
from artgen.runs.store import Run
from artgen.shards import shard_named

if TYPE_CHECKING:
    from artgen.data.pictures import Pictures
    from artgen.job.model import Job, Part
    from artgen.launch.options import RunOptions
    from artgen.outputs.source import Source
    from artgen.plugins import PluginManager
    from artgen.runs.checkpoints import Checkpoint

TRAIN = "train"
PAINT = "paint"
OUTPUT = "output:"
TRAIN_TO = "train:"
"""With so many thousands of pictures behind it: train up to there, and no further."""


def tasks_of(job: Job, options: RunOptions) -> list[str]:
    """Ids of what is to be done for a job, in order; one that pauses only learns."""
    if options.pause_kimg is not None and TRAIN in job.tasks:
        return [f"{TRAIN_TO}{options.pause_kimg:g}"]
    return job.tasks


def do_task(task: str, run: Run, pictures: Pictures | None, progress: Progress, plugins: PluginManager) -> None:
    """Do one task of a run, and tell the plugins when it begins and ends.

    Raises:
        ArtgenError: it failed.
        DiskError: the disk is nearly full; what was finished is kept.
        InterruptedRun: the user asked to stop.
    """
    from artgen.engine.threads import as_many_threads

    plugins.notify("task_started", run=run, task=task)
    error: BaseException | None = None
    try:
        with as_many_threads(threads_of_job(run.job) or None), _while_there_is_room(run):
            _done(task, run, pictures, progress, plugins)
    except BaseException as caught:
        error = caught
        raise
    finally:
        plugins.notify("task_finished", run=run, task=task, error=error)


@contextlib.contextmanager
def _while_there_is_room(run: Run) -> Iterator[None]:
    """Have the run save and end when the disk gets full, and say that it was that."""
    check_room(run.folder, 0, 0, "", lambda _text: None)
    asked = run.interrupted
    room = RoomWatch(run.folder, asked)
    run.interrupted = room.requested
    try:
        yield
    except InterruptedRun as stopped:
        if room.low:
            raise room.error() from stopped
        raise
    finally:
        run.interrupted = asked


def _done(task: str, run: Run, pictures: Pictures | None, progress: Progress, plugins: PluginManager) -> None:
    if task == TRAIN or task.startswith(TRAIN_TO):
        _train(run, pictures, progress, plugins, _pause_of(task))
    elif task == PAINT:
        _paint(run, progress)
    else:
        name, _, shard = task.removeprefix(OUTPUT).partition(":")
        _output(name, shard, run, progress)


def _pause_of(task: str) -> float | None:
    """Where a task ends that only trains so far, in thousands of pictures."""
    return float(task.removeprefix(TRAIN_TO)) if task.startswith(TRAIN_TO) else None


def _train(
    run: Run, pictures: Pictures | None, progress: Progress, plugins: PluginManager, pause_kimg: float | None
) -> None:
    if run.job.untrained:
        from artgen.engine.drawn import draw_task

        draw_task(run, progress, plugins)
        return
    if pictures is None:
        raise ArtgenError("training needs [data]", where=run.name)
    from artgen.engine.training import train_task

    train_task(run, pictures, progress, plugins, pause_kimg)


def _paint(run: Run, progress: Progress) -> None:
    from artgen.engine.paint.task import paint_task

    paint_task(run, progress)


def _output(name: str, shard: str, run: Run, progress: Progress) -> None:
    part = next((part for part in run.job.outputs if part.name == name), None)
    if part is None:
        raise ArtgenError(f"the job has no output '{name}'", where=run.name)
    share = shard_named(shard) if shard else None
    with opened_source(run, progress, None) as source:
        if share is None:
            write_output(part, run, source, progress)
            return
        progress.say(f"{run.name}: making {share.index + 1} of {share.count} shards of {name}")
        with _told_how_far(run, progress):
            part.component.load()(part.config, part.name).write(source, run, share)


def write_output(part: Part, run: Run, source: Source, progress: Progress, made_from: str = "") -> None:
    """Make an output.

    Args:
        source: what it is made from.
        made_from: that in words; by default the checkpoint.
    """
    told = made_from or (f" from step {run.checkpoint.step}" if run.checkpoint else "")
    progress.say(f"{run.name}: making {part.name}{told}")
    with _told_how_far(run, progress):
        part.component.load()(part.config, part.name).write(source, run)


@contextlib.contextmanager
def _told_how_far(run: Run, progress: Progress) -> Iterator[None]:
    """Show how far the output is that is made in the block, one bar at a time."""
    told, bars = run.on_progress, set[str]()

    def on_progress(what: str, done: float, total: float) -> None:
        for other in bars - {what}:
            progress.finish(other)
        bars.intersection_update({what})
        bars.add(what)
        progress.update(what, done, total)

    run.on_progress = on_progress
    try:
        yield
    finally:
        run.on_progress = told
        for bar in bars:
            progress.finish(bar)


@contextlib.contextmanager
def opened_source(run: Run, progress: Progress, device: str | None) -> Iterator[Source]:
    """What outputs are made from; sets the run's checkpoint where there is one.

    On a processor it paints with as many threads as the checkpoint was learned with, so that a seed is the same bytes
    right after the training and whenever it is painted again.
    """
    if run.job.paints_from == "canvas":
        from artgen.outputs.finished import open_finished

        yield open_finished(run)
        return
    from artgen.engine.threads import as_many_threads, threads_of

    best = checkpoint_to_paint_with(run)
    with as_many_threads(threads_of(best)):
        if run.job.paints_from == "picture":
            from artgen.engine.stylist import open_stylist
            from artgen.outputs.repainted import open_repainted

            yield open_repainted(run, open_stylist(run.job, best, device=device))
        else:
            from artgen.engine.painting import open_sampler

            yield open_sampler(run.job, best, device=device, warn=progress.warn)


def checkpoint_to_paint_with(run: Run) -> Checkpoint:
    """The best checkpoint of a run, which outputs are told of from here on: a damaged one where all are, which says how.

    Raises:
        CheckpointError: there is none yet.
    """
    from artgen.runs.checkpoints import checkpoint_to_read

    best = checkpoint_to_read(run.checkpoints)
    if best is None:
        raise CheckpointError("there is no checkpoint to paint with", where=str(run.folder), hint="train it first")
    run.checkpoint = best.info
    return best
