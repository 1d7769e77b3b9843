"""Ctrl-C, SIGTERM and a time that was set: the first asks the run to save and end, a second signal ends it at once."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType


class StopSignals:
    """While entered, remembers that somebody asked to stop.

    Args:
        tell: called once, with what happens next.
        until: a time as of `time.time` from which on it is as if somebody had.
    """

    def __init__(self, tell: Callable[[str], None], until: float | None = None) -> None:
        self._tell = tell
        self._requested = False
        self._until = until
        self._before: dict[signal.Signals, object] = {}

    def requested(self) -> bool:
        """Whether somebody asked, or the time is over."""
        if not self._requested and self._until is not None and time.time() >= self._until:
            self._requested = True
            self._tell("the time is over: what is finished is being saved")
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
