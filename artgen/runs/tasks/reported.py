"""Progress that is also written into the run folder, where `artgen status` and whoever gave the task out see it."""

from __future__ import annotations

import time
from collections.abc import Mapping

from artgen.runs.progress import Progress
from artgen.runs.tasks.lease import Lease


class ReportedProgress:
    """Tells another progress all that it is told, and the lease of the task how far it is.

    Args:
        progress: for people here.
        lease: of the task.
    """

    def __init__(self, progress: Progress, lease: Lease) -> None:
        self._progress = progress
        self._lease = lease
        self._began: dict[str, tuple[float, float]] = {}

    def say(self, text: str) -> None:
        """One line that stays."""
        self._progress.say(text)

    def warn(self, text: str) -> None:
        """One line that nobody should miss."""
        self._progress.warn(text)

    def update(self, task: str, done: float, total: float, numbers: Mapping[str, float] | None = None) -> None:
        """How far it is, and how long it will take at the pace of this attempt."""
        self._progress.update(task, done, total, numbers)
        began, done_then = self._began.setdefault(task, (time.monotonic(), done))
        told: dict[str, object] = {"what": task, "done": done, "total": total}
        if done > done_then:
            told["left_s"] = round((time.monotonic() - began) * max(0.0, total - done) / (done - done_then))
        self._lease.tell(told | ({"numbers": dict(numbers)} if numbers else {}))

    def finish(self, task: str) -> None:
        """The bar goes."""
        self._progress.finish(task)
        self._began.pop(task, None)
