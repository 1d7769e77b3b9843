"""One live writer per run folder, by a lock that the operating system takes back when the process ends."""

from __future__ import annotations

import json
import os
import socket
from datetime import datetime
from pathlib import Path
from typing import IO

from artgen.errors import RunBusyError
from artgen.file_lock import lock
from artgen.runs.files import told_of_disk

LOCK_FILE = ".writer"


class WriterLock:
    """Held from `acquire` to `release`; the file says who holds it.

    Args:
        folder: the run folder, which must exist.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        """Become the writer.

        Raises:
            RunBusyError: another process is; the message says which and since when.
            ArtgenError: nobody may write into the folder.
        """
        with told_of_disk(self.folder):
            file = (self.folder / LOCK_FILE).open("a+", encoding="utf-8")
        if lock(file, wait=False) is False:
            holder = _holder(file)
            file.close()
            raise RunBusyError(
                f"this run is being written by {holder}",
                where=str(self.folder),
                hint="wait for it or stop it; another copy needs another [job] name or --out",
            )
        file.seek(0)
        file.truncate()
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        json.dump({"process": os.getpid(), "host": socket.gethostname(), "since": now}, file)
        file.flush()
        self._file = file

    def release(self) -> None:
        """Let others write."""
        if self._file is not None:
            self._file.seek(0)
            self._file.truncate()
            self._file.close()
            self._file = None

    def __enter__(self) -> WriterLock:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def _holder(file: IO[str]) -> str:
    file.seek(0)
    try:
        holder = json.loads(file.read())
        return f"process {holder['process']} on {holder['host']} since {holder['since']}"
    except (ValueError, KeyError, OSError):
        return "another process"
