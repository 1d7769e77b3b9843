"""Asked before anything takes a name that another worker may have written to: whether the task is still ours.

A process that was stopped for long, or could not reach the disk, may find that another one has taken its task over. What
it holds in memory is of no use then, and nothing of it may replace what the other one wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

_checks: list[Callable[[], None]] = []


def still_ours() -> None:
    """Nothing, where every task that this process works on is its own.

    Raises:
        RunBusyError: another worker has taken one over.
    """
    for check in tuple(_checks):
        check()


@contextmanager
def checked_by(check: Callable[[], None]) -> Iterator[None]:
    """Have `check` asked by `still_ours` in the block, whichever thread asks."""
    _checks.append(check)
    try:
        yield
    finally:
        _checks.remove(check)
