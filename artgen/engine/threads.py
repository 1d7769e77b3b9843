"""How many threads a processor works with: they decide the order of sums, and so the last bits."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import torch

from artgen.cores import busy_seconds, usable_cpus

if TYPE_CHECKING:
    from artgen.runs.checkpoints import Checkpoint

_LITTLE = 0.25
"""Of a core, that other programs may take without being called busy."""
_SETTLED_S = 60.0


@contextlib.contextmanager
def as_many_threads(count: int | None) -> Iterator[None]:
    """Work with so many until the block ends; None leaves the number as it is."""
    before = torch.get_num_threads()
    if count is not None and count != before:
        torch.set_num_threads(count)
    try:
        yield
    finally:
        if torch.get_num_threads() != before:
            torch.set_num_threads(before)


def threads_of(checkpoint: Checkpoint | None) -> int | None:
    """How many a checkpoint was learned with, so that pictures painted from it are the same bytes whenever they are.

    None where it does not say, or where a GPU did the work.
    """
    if checkpoint is None or checkpoint.state.get("device", "cpu") != "cpu":
        return None
    threads = checkpoint.state.get("threads")
    return int(threads) if threads else None


class OtherWork:
    """Notices that other programs use the cores that a training works with.

    Threads wait for one another after every layer. Where another program keeps one core of two busy, a small network
    has been seen to learn at a thirtieth of its speed with two threads, and at two thirds of it with one.

    Args:
        threads: that the training works with.
        warn: told in words, once.
        every_s: how long the load is looked at before it counts.
    """

    def __init__(self, threads: int, warn: Callable[[str], None], *, every_s: float = _SETTLED_S) -> None:
        self._threads = threads
        self._warn = warn
        self._every_s = every_s
        self._told = threads == 1
        self._since = _clocks()

    def look(self) -> None:
        """Look at what was used since the last time that counted."""
        if self._told or self._since is None or time.monotonic() - self._since[0] < self._every_s:
            return
        before, now = self._since, _clocks()
        self._since = now
        if now is None:
            return
        seconds, busy_s, own_s = (after - earlier for after, earlier in zip(now, before, strict=True))
        others, there = (busy_s - own_s) / seconds, len(usable_cpus())
        left = max(1, math.floor(there - others + _LITTLE))
        if left < min(self._threads, there):
            self._told = True
            self._warn(
                f"other programs use {others:.1f} of {there} cores, and {self._threads} threads lose far more by it than "
                f"that: stop, and go on with --set train.threads={left}"
            )


def _clocks() -> tuple[float, float, float] | None:
    """Seconds by the clock, those that all programs used, and those that this one did."""
    busy_s = busy_seconds()
    return None if busy_s is None else (time.monotonic(), busy_s, time.process_time())
