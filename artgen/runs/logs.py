"""``logs/TASK.log``: what a worker says, and what its process says when it dies; kept small by setting old parts aside."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TextIO

from artgen.runs.progress import PlainProgress

LOGS = "logs"
LARGEST_BYTES = 2 * 2**20
KEPT = 3
TAIL_LINES = 12
_TAIL_BYTES = 4096

WARNING = "warning: "
HOW_FAR = "… "
_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  (.*)")


def log_file(folder: Path, task: str) -> Path:
    """Where a task's worker writes."""
    return folder / LOGS / f"{task.replace(':', '@')}.log"


class LogProgress(PlainProgress):
    """Lines with the time, for a log."""

    def say(self, text: str) -> None:
        """Each line of it."""
        now = datetime.now()
        for line in text.splitlines():
            print(f"{now:%Y-%m-%d %H:%M:%S}  {line}", file=self.stream, flush=True)

    def warn(self, text: str) -> None:
        """Each line of it, marked."""
        self.say("\n".join(WARNING + line for line in text.splitlines()))

    def how_far(self, text: str) -> None:
        """Marked, too."""
        self.say(HOW_FAR + text)


def write_to_log(file: Path) -> TextIO:
    """Have all that this process says, from here on and to its last breath, written to a log; returns it as a stream."""
    file.parent.mkdir(parents=True, exist_ok=True)
    turn(file)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    sys.stdout.flush()
    sys.stderr.flush()
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    os.close(handle)
    return open(1, "w", encoding="utf-8", errors="replace", closefd=False)


def turn_while_written(file: Path) -> None:
    """Go on in a new log where this process's own has become too large."""
    with contextlib.suppress(OSError):
        if file.stat().st_size > LARGEST_BYTES:
            write_to_log(file)


def turn(file: Path) -> None:
    """Set a log aside that has become too large, as ``TASK.1.log``; the oldest goes."""
    with contextlib.suppress(OSError):
        if file.stat().st_size <= LARGEST_BYTES:
            return
        for number in range(KEPT - 1, 0, -1):
            with contextlib.suppress(FileNotFoundError):
                _older(file, number).replace(_older(file, number + 1))
        file.replace(_older(file, 1))


def _older(file: Path, number: int) -> Path:
    return file.with_name(f"{file.stem}.{number}{file.suffix}")


def tail_of(file: Path, since: int = 0) -> list[str]:
    """The last lines that a worker and its process have said.

    Args:
        since: only what stands behind so many bytes.
    """
    try:
        with file.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, since if since <= size else 0, size - _TAIL_BYTES))
            text = stream.read().decode("utf-8", "replace")
    except OSError:
        return []
    lines = (found[1] if (found := _LINE.fullmatch(line)) else line for line in text.splitlines())
    return [line for line in lines if line.strip() and not line.startswith(HOW_FAR)][-TAIL_LINES:]


class LogReader:
    """Reads along in a log, from its end at the time when this is made.

    Args:
        file: may not be there yet.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.began = self._at = self._size()
        self._which = self._inode()
        self._rest = b""

    def lines(self) -> Iterator[tuple[str, bool]]:
        """What a worker has said since, and whether it is a warning; neither how far it is nor what others say."""
        if self._inode() != self._which:  # it was set aside
            self._which, self._at, self._rest = self._inode(), 0, b""
        try:
            with self.file.open("rb") as stream:
                stream.seek(self._at)
                data = self._rest + stream.read()
                self._at = stream.tell()
        except OSError:
            return
        *whole, self._rest = data.split(b"\n")
        for line in whole:
            found = _LINE.fullmatch(line.decode("utf-8", "replace"))
            if found and not (text := found[1]).startswith(HOW_FAR):
                yield text.removeprefix(WARNING), text.startswith(WARNING)

    def _size(self) -> int:
        try:
            return self.file.stat().st_size
        except OSError:
            return 0

    def _inode(self) -> int:
        try:
            return self.file.stat().st_ino
        except OSError:
            return self._which if hasattr(self, "_which") else 0
