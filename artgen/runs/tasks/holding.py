"""Becoming who works on a task, or who has a run to itself; the dead are taken over from.

Who wants a task makes the file of the next number, which the file system lets one succeed at.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from artgen.errors import ArtgenError, InterruptedRun, RunBusyError
from artgen.runs.files import told_of_disk
from artgen.runs.ownership import checked_by
from artgen.runs.tasks.attempts import (
    WHOLE_RUN,
    Attempt,
    State,
    attempts_of,
    file_of,
    last_attempt,
    numbers_in,
    place_of,
)
from artgen.runs.tasks.lease import Lease
from artgen.runs.tasks.watch import Watch, beat_s, lease_s

GIVES_OUT_TASKS = "tasks"


def take(folder: Path, task: str, *, warn: Callable[[str], object] = lambda _text: None, **told: Any) -> Lease:
    """Become who works on a task; the dead are taken over from, which may need a minute's watching.

    Args:
        folder: the run folder, which must exist.
        task: its id.
        warn: told in words while a holder is watched.
        told: what else the attempt says of itself, such as `token`.

    Raises:
        RunBusyError: somebody works on it; the message says who and since when.
        ArtgenError: nobody may write into the folder.
    """
    place = place_of(folder, task)
    with told_of_disk(folder):
        while True:
            before = _awaited(folder, task, warn)
            number = before.number + 1 if before else 1
            if _claimed(place, number):
                return Lease(folder, task, number, before, **told)


def _claimed(place: Path, number: int) -> bool:
    """Make the file of an attempt, which one alone can; False where others were quicker."""
    with contextlib.suppress(FileNotFoundError):  # it goes with the last who was in it, at any moment
        place.mkdir(parents=True, exist_ok=True)
    try:
        os.close(os.open(file_of(place, number), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except (FileExistsError, FileNotFoundError):
        return False
    if numbers_in(place)[-1] == number:
        return True
    file_of(place, number).unlink(missing_ok=True)  # who looked long ago, and others are past this number
    return False


def _awaited(folder: Path, task: str, warn: Callable[[str], object]) -> Attempt | None:
    """The last attempt at a task, when nobody works on it any more.

    Raises:
        RunBusyError: somebody does.
    """
    watch, warned = Watch(), False
    while (held := last_attempt(folder, task)) is not None and not held.over:
        lives = watch.lives(held)
        if lives:
            raise busy(folder, held)
        if lives is False:
            break
        if not warned:
            warned = True
            warn(f"{folder.name}: {held.holder} was last seen here; waiting up to {lease_s():.0f} s for a sign of life")
        time.sleep(beat_s() / 4)
    return held


def busy(folder: Path, held: Attempt) -> RunBusyError:
    """What is told to who wants a task that somebody works on."""
    return RunBusyError(
        f"this run is being written by {held.holder}",
        where=str(folder),
        hint="wait for it or stop it; another copy needs another [job] name or --out",
    )


def sees_wishes(attempt: Attempt) -> bool:
    """Whether who is at it sees a wish to stop in the run folder: a command that has the run to itself does not."""
    return not attempt.over and (attempt.task != WHOLE_RUN or attempt.what == GIVES_OUT_TASKS)


@contextlib.contextmanager
def held_run(folder: Path, what: str, *, warn: Callable[[str], object] = lambda _text: None) -> Iterator[Lease]:
    """Hold a run as a whole until the block ends.

    Args:
        what: `GIVES_OUT_TASKS`, beside which workers may be at its tasks; any other command has the run to itself.
        warn: told while a holder is watched.

    Raises:
        RunBusyError: another process holds it, or works on one of its tasks.
    """
    lease = take(folder, WHOLE_RUN, warn=warn, what=what)
    try:
        if what == GIVES_OUT_TASKS:
            yield lease
            return
        for attempt in list(attempts_of(folder)):
            if attempt.task != WHOLE_RUN and not attempt.over:
                _awaited(folder, attempt.task, warn)
        with checked_by(lease.check):
            yield lease
    finally:
        lease.vanish()


@contextlib.contextmanager
def held_task(
    folder: Path, task: str, *, warn: Callable[[str], object] = lambda _text: None, token: str = ""
) -> Iterator[Lease]:
    """Work on a task until the block ends; how it ended is written down then, unless `end` was called before.

    Raises:
        RunBusyError: somebody works on it, or a command has the run to itself.
    """
    lease = take(folder, task, warn=warn, token=token)
    whole = last_attempt(folder, WHOLE_RUN)
    if whole and whole.what != GIVES_OUT_TASKS:
        try:
            _awaited(folder, WHOLE_RUN, warn)
        except BaseException:
            lease.vanish()
            raise
    try:
        with checked_by(lease.check):
            yield lease
    except BaseException as error:
        stopped = isinstance(error, InterruptedRun | KeyboardInterrupt)
        with contextlib.suppress(ArtgenError, OSError):  # it was taken over, or the disk is full
            told = str(error) if isinstance(error, ArtgenError) else f"{type(error).__name__}: {error}"
            lease.end("stopped" if stopped else "failed", error=told, partly=lease.partly)
        if isinstance(error, Exception):
            lease.check()  # whoever was taken over from may stumble over anything, such as a file that is gone by now
        raise
    else:
        if not lease.over:
            lease.end("done")


def record_end(folder: Path, task: str, state: State, text: str) -> None:
    """Say how a task ended, for a worker that could not say it itself any more."""
    place = place_of(folder, task)
    with told_of_disk(folder):
        while not _claimed(place, number := (numbers_in(place) or [0])[-1] + 1):
            pass
        Lease(folder, task, number, None).end(state, error=text)
