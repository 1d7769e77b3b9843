"""The processes beside the first one: they train along on their slices, and write nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch.distributed import FileStore  # type: ignore[attr-defined] # only its stubs hide it

from artgen.data.handed_on import taken_up
from artgen.engine.state import TrainState
from artgen.engine.subject import classes_learned, open_stream, shape_painted
from artgen.engine.team.accord import Following, share
from artgen.engine.team.distributed import LostContact, Team
from artgen.engine.team.meeting import LEADS, is_over, joined, ours, ready, store_of, told_in
from artgen.engine.team.place import Place
from artgen.engine.threads import as_many_threads
from artgen.engine.train import train
from artgen.errors import ArtgenError, DataError
from artgen.job import read_job

if TYPE_CHECKING:
    import torch

    from artgen.data.pictures import Pictures
    from artgen.job.model import Job

_TICK_S = 0.2


def follow_here(start: Mapping[str, Any]) -> int:
    """Train along with the process that started this one.

    Args:
        start: its ``lock``, its ``pictures``, the file of the ``meeting``, ``rank``, ``size`` and ``threads``.

    Returns:
        The exit code.
    """
    rank, size = int(start["rank"]), int(start["size"])
    store = FileStore(str(start["meeting"]), size)
    try:
        (job,) = read_job(Path(start["lock"]), inputs_needed=False)
        device = ours(job.train, rank)
        with taken_up(start["pictures"]) as pictures:
            store.set(ready(rank), "1")
            with joined(store, Place(rank, size, rank, size), device, partial(told_in, store)) as team:
                _train_along(job, pictures, team, device, lambda: False)
    except LostContact as error:  # the first process says what has happened, if it is still there
        print(error, file=sys.stderr)
        return 1
    except ArtgenError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def follow_torchrun(
    jobs: Sequence[Job], place: Place, opened: Callable[[Job], Pictures], stop: Callable[[], bool]
) -> None:
    """Train along whatever of some jobs the first process trains, until it has nothing more.

    Args:
        jobs: those that may come, in any order.
        opened: the pictures of a job, on this machine.
        stop: whether this process was asked to stop.

    Raises:
        ArtgenError: a training failed.
    """
    turns = {job.name: 1 for job in jobs}
    while not is_over(place):
        job = next((job for job in jobs if store_of(place, job.name, turns[job.name]).check([LEADS])), None)
        if job is None:
            time.sleep(_TICK_S)
            continue
        store = store_of(place, job.name, turns[job.name])
        turns[job.name] += 1
        device = ours(job.train, place.local_rank)
        why = partial(told_in, store)
        with (
            opened(job) as pictures,
            joined(store, place, device, why) as team,
            as_many_threads(team.threads),
        ):
            _train_along(job, pictures, team, device, stop)


def _train_along(job: Job, pictures: Pictures, team: Team, device: torch.device, stop: Callable[[], bool]) -> None:
    told = team.tell()
    if told["fingerprint"] != pictures.fingerprint:
        raise DataError("the pictures here are not those of the first process", where=str(pictures.path))
    shape = shape_painted(job, pictures)
    state = TrainState.build(job, shape, precision=told["precision"])
    state.classes = classes_learned(job, pictures)
    state.join(team)
    share(state)
    train(state, open_stream(job, pictures, device), job.train, job.job.seed, Following(team, stop))
