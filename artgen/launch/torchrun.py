"""Under torchrun: this process is one of several that somebody else has started, perhaps on several machines.

The first one does all that `artgen run` does. The others wait until it trains something, and train along.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from artgen.engine.team.place import torchrun_place
from artgen.errors import ArtgenError, InterruptedRun
from artgen.runs.tasks.stop import StopSignals

if TYPE_CHECKING:
    from artgen.data.pictures import Pictures
    from artgen.job.model import Job


def follows() -> bool:
    """Whether another process leads: this one trains along, and writes nothing."""
    place = torchrun_place()
    return place is not None and place.rank > 0


def follow(jobs: Sequence[Job]) -> None:
    """Train along whatever of some jobs the first process trains, until it has nothing more.

    Raises:
        ArtgenError: a training failed.
        InterruptedRun: somebody asked to stop.
    """
    place = torchrun_place()
    if place is None:
        return
    from artgen.engine.team.following import follow_torchrun

    with StopSignals(lambda _text: None) as signals:
        follow_torchrun(jobs, place, _opened, signals.requested)
        if signals.requested():
            raise InterruptedRun("interrupted; the same command goes on", where=f"process {place.rank}")


def follow_task(lock: Path, task: str, device: str | None) -> None:
    """Train along, where the first process's task is to train.

    Args:
        lock: of the run, or a copy of it.
        task: its id.
        device: instead of the lock's.

    Raises:
        ArtgenError: the training failed.
    """
    if task.partition(":")[0] == "train":
        from artgen.job import read_job
        from artgen.launch.options import RunOptions
        from artgen.runs.open import has_begun

        follow(read_job(lock, device=device, begun=partial(has_begun, RunOptions())))


@contextlib.contextmanager
def led() -> Iterator[None]:
    """Let the others go when the block, in which the first process works, is over."""
    try:
        yield
    finally:
        if place := torchrun_place():
            from artgen.engine.team.meeting import say_over

            say_over(place)


def _opened(job: Job) -> Pictures:
    from artgen.data.cache import open_pictures

    if job.data is None:
        raise ArtgenError("this job has no pictures to train on", where=job.name)
    return open_pictures(job.data)
