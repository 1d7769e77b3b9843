"""The right to work on a task: its last attempt, whose number nobody else has, shown to be alive by a heartbeat."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from artgen.errors import RunBusyError
from artgen.runs.files import told_of_disk
from artgen.runs.processes import began, host, machine
from artgen.runs.tasks.attempts import KEPT, Attempt, State, file_of, last_attempt, numbers_in, place_of
from artgen.runs.tasks.watch import beat_s

TOLD_EVERY_S = 1.0


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
        lost: whether it was seen that another worker has taken it over, or that the run folder is gone.
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
        """Whether nobody has taken the task over, and the run is where it was."""
        numbers = numbers_in(self._place)
        self.lost = self.lost or not numbers or numbers[-1] != self.number
        return not self.lost

    def check(self) -> None:
        """Nothing, while it holds.

        Raises:
            RunBusyError: another worker has taken the task over, or the run folder is gone.
        """
        if not self.holds():
            if not numbers_in(self._place):
                raise moved_away(self.folder)
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
        """How far the task is; written at most once a second, and at once when it does something else than before."""
        before = self._told.get("progress", {}).get("what")
        self._told["progress"] = dict(progress)
        if before != progress.get("what") or time.monotonic() - self._last_told >= TOLD_EVERY_S:
            with contextlib.suppress(OSError):  # the next heartbeat tries again
                self._write()

    def end(self, state: State, **told: Any) -> None:
        """Say how it ended and let others have the task.

        Raises:
            RunBusyError: another worker has taken it over, or the run folder is gone.
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


def moved_away(folder: Path) -> RunBusyError:
    """What is told to who works in a run folder in which no attempt is left."""
    return RunBusyError(
        "this run folder is not there any more: it was moved or deleted",
        where=str(folder),
        hint="Move it back and run it again: it goes on from its last checkpoint.",
    )


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
