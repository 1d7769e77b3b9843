"""The right to work on a task: held by its last attempt, shown by a heartbeat, taken over from the dead.

Who wants a task makes the file of the next number, which the file system lets one succeed at. Whether its last holder
lives is seen where it can be: on the same machine by its process; elsewhere by whether its heartbeat changes, in time
that passes on one's own clock. Clocks of two machines are never compared.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from artgen.errors import ArtgenError, InterruptedRun, RunBusyError
from artgen.runs.attempts import (
    KEPT,
    WHOLE_RUN,
    Attempt,
    State,
    attempts_of,
    file_of,
    last_attempt,
    numbers_in,
    place_of,
)
from artgen.runs.files import told_of_disk
from artgen.runs.ownership import checked_by
from artgen.runs.processes import began, host, machine

GIVES_OUT_TASKS = "tasks"
TOLD_EVERY_S = 1.0


def lease_s() -> float:
    """How long a holder on another machine may be silent before it counts as dead; ARTGEN_LEASE_S sets it."""
    return float(os.environ.get("ARTGEN_LEASE_S", "60"))


def beat_s() -> float:
    """Time between two heartbeats."""
    return min(2.0, lease_s() / 6)


class Watch:
    """Whether the holder of a task lives, seen over time."""

    def __init__(self) -> None:
        self._seen: tuple[int, int] | None = None
        self._since = 0.0

    def lives(self, attempt: Attempt) -> bool | None:
        """Whether it does; None while nobody can say yet: ask again after a heartbeat's time."""
        life = attempt.life()
        if life in ("works", "gone"):
            return life == "works"
        now, seen = time.monotonic(), (attempt.number, attempt.beat)
        if self._seen is None or self._seen[0] != attempt.number:
            self._seen, self._since = seen, now
            return None
        if self._seen != seen:
            self._seen, self._since = seen, now
            return True
        return False if now - self._since >= lease_s() else None


class Lease:
    """The right to work on one task, from `take` until `end`.

    Args:
        folder: the run folder.
        task: id of the task.
        number: of the attempt, whose file is there.
        after: the attempt before; None where there was none.
        told: what else the file says.

    Attributes:
        after: the attempt before.
        lost: whether it was seen that another worker has taken it over.
        partly: whether what was made is of use should the task fail.
    """

    def __init__(self, folder: Path, task: str, number: int, after: Attempt | None, **told: Any) -> None:
        self.folder = folder
        self.task = task
        self.number = number
        self.after = after
        self.lost = False
        self.partly = False
        self._place = place_of(folder, task)
        self._told = {
            "state": "running",
            "process": os.getpid(),
            "host": host(),
            "machine": machine(),
            "began": began(os.getpid()),
            "since": _now(),
            **{key: value for key, value in told.items() if value},
        }
        self._beat = 0
        self._last_told = 0.0
        self._writing = threading.Lock()
        self._over = threading.Event()
        self._heart = threading.Thread(target=self._live, name=f"artgen-lease-{task}", daemon=True)
        self._each_beat: list[Callable[[], None]] = []
        self._write()
        self._heart.start()

    def holds(self) -> bool:
        """Whether nobody has taken the task over."""
        numbers = numbers_in(self._place)
        self.lost = self.lost or not numbers or numbers[-1] != self.number
        return not self.lost

    def check(self) -> None:
        """Nothing, while it holds.

        Raises:
            RunBusyError: another worker has taken the task over.
        """
        if not self.holds():
            other = last_attempt(self.folder, self.task)
            raise RunBusyError(
                f"{self.task} was taken over by {other.holder if other else 'another process'}",
                where=str(self.folder),
                hint="This one was not to be heard for too long; it ends here, and nothing is lost.",
            )

    def each_beat(self, action: Callable[[], None]) -> None:
        """Have something done at every heartbeat, in the heartbeat's thread."""
        self._each_beat.append(action)

    def tell(self, progress: Mapping[str, Any]) -> None:
        """How far the task is; written at most once a second."""
        self._told["progress"] = dict(progress)
        if time.monotonic() - self._last_told >= TOLD_EVERY_S:
            with contextlib.suppress(OSError):  # the next heartbeat tries again
                self._write()

    def end(self, state: State, **told: Any) -> None:
        """Say how it ended and let others have the task.

        Raises:
            RunBusyError: another worker has taken it over.
        """
        self._stop_heart()
        self.check()
        self._told |= {"state": state, **told}
        with told_of_disk(self._place):
            self._write(flush=True)
        for number in numbers_in(self._place)[:-KEPT]:
            file_of(self._place, number).unlink(missing_ok=True)

    def vanish(self) -> None:
        """End as if it had never been, where the attempt before had ended by its own word; else only end."""
        self._stop_heart()
        if not self.holds():
            return
        if self.after is not None and not self.after.over:
            self.end("done")
            return
        with contextlib.suppress(OSError):
            file_of(self._place, self.number).unlink(missing_ok=True)
            self._place.rmdir()
            self._place.parent.rmdir()

    @property
    def over(self) -> bool:
        """Whether it was ended."""
        return self._over.is_set()

    def _stop_heart(self) -> None:
        self._over.set()
        self._heart.join()

    def _live(self) -> None:
        while not self._over.wait(beat_s()):
            with contextlib.suppress(OSError):  # a disk that is full or away may come back
                if self.holds():
                    self._write()
            for action in self._each_beat:
                with contextlib.suppress(OSError):
                    action()

    def _write(self, *, flush: bool = False) -> None:
        with self._writing:
            self._beat += 1
            self._last_told = time.monotonic()
            told = {**self._told, "beat": self._beat, "changed": _now()}
            part = self._place / f".{self.number:06d}.{machine()}-{os.getpid()}.part"
            try:
                with part.open("w", encoding="utf-8") as stream:
                    stream.write(json.dumps(told, ensure_ascii=False))
                    if flush:
                        stream.flush()
                        os.fsync(stream.fileno())
                part.replace(file_of(self._place, self.number))
            finally:
                part.unlink(missing_ok=True)


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
    place.mkdir(parents=True, exist_ok=True)
    try:
        os.close(os.open(file_of(place, number), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except FileExistsError:
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
    if whole and not whole.over and whole.what != GIVES_OUT_TASKS and Watch().lives(whole) is not False:
        lease.vanish()
        raise busy(folder, whole)
    try:
        with checked_by(lease.check):
            yield lease
    except BaseException as error:
        stopped = isinstance(error, InterruptedRun | KeyboardInterrupt)
        with contextlib.suppress(ArtgenError, OSError):  # it was taken over, or the disk is full
            told = str(error) if isinstance(error, ArtgenError) else f"{type(error).__name__}: {error}"
            lease.end("stopped" if stopped else "failed", error=told, partly=lease.partly)
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


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
