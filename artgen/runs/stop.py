"""Ctrl-C and SIGTERM: the first asks the run to save and end, the second ends it at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType


class StopSignals:
    """While entered, remembers that somebody asked to stop.

    Args:
        tell: called once, with what happens next.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._requested = False
        self._before: dict[signal.Signals, object] = {}

    def requested(self) -> bool:
        """Whether somebody asked."""
        return self._requested

    def __enter__(self) -> StopSignals:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._before.clear()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self._requested:
            raise KeyboardInterrupt
        self._requested = True
        self._tell("stopping: what is finished is being saved; press Ctrl-C again to end at once")
