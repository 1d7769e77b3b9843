"""Whether the holder of a task lives.

Where it can be seen, on the same machine, by its process; elsewhere by whether its heartbeat changes, in time that
passes on one's own clock. Clocks of two machines are never compared.
"""

from __future__ import annotations

import math
import os
import time

from artgen.runs.tasks.attempts import Attempt

_LEASE_S = 60.0


def lease_s() -> float:
    """How long a holder on another machine may be silent before it counts as dead; ARTGEN_LEASE_S sets it.

    What is no number above 0 sets nothing: a heartbeat has nobody to complain to.
    """
    try:
        seconds = float(os.environ.get("ARTGEN_LEASE_S", ""))
    except ValueError:
        return _LEASE_S
    return seconds if 0 < seconds < math.inf else _LEASE_S


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
