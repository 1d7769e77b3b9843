"""Under torchrun: this process is one of several that somebody else has started, perhaps on several machines.

The first one does all that `artgen run` does. The others wait until it trains something, and train along.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from artgen.errors import ArtgenError, InterruptedRun
from artgen.runs.stop import StopSignals

if TYPE_CHECKING:
    from artgen.data.pictures import Pictures
    from artgen.job.model import Job

_NEEDED = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")


@dataclass(frozen=True)
class Place:
    """Which of the processes this one is.

    Attributes:
        rank: from 0, over all machines.
        size: how many there are.
        local_rank: from 0, on this machine.
        local_size: how many there are on this machine.
        address: where they were told to meet; "" where all were started here.
    """

    rank: int
    size: int
    local_rank: int
    local_size: int
    address: str = ""

    @property
    def one_machine(self) -> bool:
        """Whether all of them are on this machine."""
        loopback = self.address == "localhost" or self.address == "::1" or self.address.startswith("127.")
        return self.local_size == self.size or loopback


def torchrun_place(environment: Mapping[str, str] = os.environ) -> Place | None:
    """The place of this process; None where nobody started others beside it.

    Raises:
        ArtgenError: what the environment says is no place.
    """
    if not all(name in environment for name in _NEEDED):
        return None
    names = ("RANK", "WORLD_SIZE", "LOCAL_RANK")
    try:
        rank, size, local_rank = (int(environment[name]) for name in names)
        local_size = int(environment.get("LOCAL_WORLD_SIZE", "1"))
    except ValueError:
        told = ", ".join(f"{name}={environment[name]}" for name in names)
        raise ArtgenError(
            f"these are no numbers: {told}", where="the environment", hint="start it by torchrun"
        ) from None
    return Place(rank, size, local_rank, local_size, environment["MASTER_ADDR"]) if size > 1 else None


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
    from artgen.engine.following import follow_torchrun

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

        follow(read_job(lock, device=device))


@contextlib.contextmanager
def led() -> Iterator[None]:
    """Let the others go when the block, in which the first process works, is over."""
    try:
        yield
    finally:
        if place := torchrun_place():
            from artgen.engine.meeting import say_over

            say_over(place)


def _opened(job: Job) -> Pictures:
    from artgen.data.cache import open_pictures

    if job.data is None:
        raise ArtgenError("this job has no pictures to train on", where=job.name)
    return open_pictures(job.data)
