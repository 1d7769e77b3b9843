"""How a run is told while it goes on: a live line on a terminal, plain lines elsewhere, JSON for machines."""

from __future__ import annotations

import json
import sys
import time
import weakref
from collections.abc import Mapping
from typing import Any, Literal, Protocol, TextIO

from artgen.terminal import read_by_nobody

Style = Literal["auto", "live", "plain", "json", "quiet"]
PLAIN_EVERY_S = 10.0
_live: weakref.WeakSet[Any] = weakref.WeakSet()


class Progress(Protocol):
    """Where a run tells how far it is. All methods may be called often; showing is throttled."""

    def say(self, text: str) -> None:
        """One line that stays."""

    def warn(self, text: str) -> None:
        """One line that stays and that nobody should miss; it goes to stderr."""

    def update(self, task: str, done: float, total: float, numbers: Mapping[str, float] | None = None) -> None:
        """How far a task is, in its own unit, with numbers worth showing."""

    def finish(self, task: str) -> None:
        """The task is over; its bar goes."""


def open_progress(style: Style = "auto", stream: TextIO | None = None) -> Progress:
    """The way to tell that fits: live on a terminal, plain lines elsewhere."""
    stream = stream or sys.stdout
    if style == "auto":
        style = "live" if stream.isatty() else "plain"
    if style == "live":
        return LiveProgress()
    return {"plain": PlainProgress, "json": JsonProgress, "quiet": QuietProgress}[style](stream)


class QuietProgress:
    """Warnings only."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def say(self, text: str) -> None:
        """Nothing."""

    def warn(self, text: str) -> None:
        """To stderr."""
        _print(f"warning: {text}", sys.stderr)

    def update(self, task: str, done: float, total: float, numbers: Mapping[str, float] | None = None) -> None:
        """Nothing."""

    def finish(self, task: str) -> None:
        """Nothing."""


class PlainProgress(QuietProgress):
    """A line now and then, for logs."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._next: dict[str, float] = {}
        self._began: dict[str, tuple[float, float]] = {}
        self._told: dict[str, float] = {}

    def say(self, text: str) -> None:
        """One line."""
        _print(text, self.stream)

    def update(self, task: str, done: float, total: float, numbers: Mapping[str, float] | None = None) -> None:
        """A line at most every ten seconds, and none while nothing moves on."""
        now = time.monotonic()
        due = self._next.setdefault(task, now + PLAIN_EVERY_S)
        began, done_then = self._began.setdefault(task, (now, done))
        if now >= due and done > self._told.get(task, done_then):
            self._next[task] = now + PLAIN_EVERY_S
            self._told[task] = done
            # a budget in minutes is over only with the step that is in hand
            left = as_minutes((now - began) * max(0.0, total - done) / (done - done_then))
            shown = "  ".join(f"{name} {_number(value)}" for name, value in (numbers or {}).items())
            self.how_far(f"{task}  {min(100.0, 100 * done / max(total, 1e-9)):3.0f} %  {left} left  {shown}".rstrip())

    def how_far(self, text: str) -> None:
        """A line as any other; logs mark it."""
        self.say(text)

    def finish(self, task: str) -> None:
        """Forget the task."""
        self._next.pop(task, None)
        self._began.pop(task, None)
        self._told.pop(task, None)


class JsonProgress(QuietProgress):
    """One JSON object a line."""

    def say(self, text: str) -> None:
        """An object with ``text``."""
        self._write(text=text)

    def warn(self, text: str) -> None:
        """An object with ``warning``."""
        self._write(warning=text)

    def update(self, task: str, done: float, total: float, numbers: Mapping[str, float] | None = None) -> None:
        """An object with ``task``, ``done``, ``total`` and the numbers."""
        self._write(task=task, done=done, total=total, **(numbers or {}))

    def _write(self, **row: Any) -> None:
        _print(json.dumps(row, ensure_ascii=False), self.stream)


class LiveProgress:
    """Bars on a terminal, with rate, time left and the numbers."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        self._console = Console(highlight=False)
        self._errors = Console(stderr=True, highlight=False)
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TaskProgressColumn(),
            TimeRemainingColumn(elapsed_when_finished=True),
            TextColumn("{task.fields[numbers]}", style="dim"),
            console=self._console,
            transient=True,
            refresh_per_second=4,
        )
        self._tasks: dict[str, Any] = {}
        _live.add(self._bars)

    def say(self, text: str) -> None:
        """Above the bars."""
        self._console.print(text, markup=False, soft_wrap=True)

    def warn(self, text: str) -> None:
        """Above the bars, in yellow, on stderr."""
        self._errors.print(f"warning: {text}", style="yellow", markup=False, soft_wrap=True)

    def update(self, task: str, done: float, total: float, numbers: Mapping[str, float] | None = None) -> None:
        """Move the bar."""
        if task not in self._tasks:
            self._bars.start()
            self._tasks[task] = self._bars.add_task(task, total=total, numbers="")
        changes: dict[str, Any] = {"completed": done, "total": total}
        if numbers:
            changes["numbers"] = "  ".join(f"{name} {_number(value)}" for name, value in numbers.items())
        self._bars.update(self._tasks[task], **changes)

    def finish(self, task: str) -> None:
        """Take the bar away."""
        if task in self._tasks:
            self._bars.remove_task(self._tasks.pop(task))
        if not self._tasks:
            self._bars.stop()


def _print(text: str, stream: TextIO) -> None:
    """Write a line. Where whoever read them has gone, such as a ``head`` or a lost connection, the work goes on."""
    try:
        print(text, file=stream, flush=True)
    except BrokenPipeError:
        read_by_nobody(stream)


def put_bars_away() -> None:
    """Take every bar off the terminal and show its cursor again, also where something ended a command in the middle."""
    for bars in list(_live):
        bars.stop()


def as_minutes(seconds: float) -> str:
    """``1:05`` or ``2:01:05``."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"


def duration(seconds: float) -> str:
    """A length of time as it is spoken: "12 s", "5 min 3 s", "2 h 10 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _number(value: float) -> str:
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
