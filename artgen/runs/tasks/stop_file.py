"""Asking a run to save and end from outside: a file in its folder, which its workers see wherever they are."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from artgen.runs.files import write_text
from artgen.runs.tasks.attempts import TASKS
from artgen.runs.tasks.lease import Lease

_NAME = "stop"
PARENT = "ARTGEN_PARENT"
"""Variable with the process whose end is a worker's too; 0 or nothing where a worker stands on its own."""


def ask_to_stop(folder: Path) -> None:
    """Have the workers of a run save and end, and no others begin, until `artgen run` is called again."""
    (folder / TASKS).mkdir(exist_ok=True)
    write_text(folder / TASKS / _NAME, "artgen run goes on, and takes this file away\n")


def asked_to_stop(folder: Path) -> bool:
    """Whether somebody asked."""
    return (folder / TASKS / _NAME).exists()


def forget_stop(folder: Path) -> None:
    """The run is to go on."""
    (folder / TASKS / _NAME).unlink(missing_ok=True)


class StopRequests:
    """Whether a worker is to save and end: by a signal, by `ask_to_stop`, or as nobody waits for it any more.

    Args:
        lease: of what it works on; with its heartbeat the file and the parent are looked for.
        signals: asked too.
    """

    def __init__(self, lease: Lease, signals: Callable[[], bool]) -> None:
        self._lease = lease
        self._signals = signals
        self._parent = int(os.environ.get(PARENT) or 0)
        self._asked = False
        self._look()
        lease.each_beat(self._look)

    def requested(self) -> bool:
        """Whether it is."""
        return self._asked or self._lease.lost or self._signals()

    def _look(self) -> None:
        self._asked = self._asked or asked_to_stop(self._lease.folder) or (self._parent not in (0, os.getppid()))
