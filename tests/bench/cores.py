"""Painting and encoding with a core each."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator

import torch

_LOOKED_AFTER_S = 0.001


@contextlib.contextmanager
def a_core_each(move_others: Callable[[int], object]) -> Iterator[None]:
    """Painting has the first core to itself and what encodes the second, also when each is measured alone.

    On two cores that both share, painting and encoding each take all there is when alone, so the whole can only be
    as fast as the sum of their work allows; a core each shows whether they wait for each other.

    Args:
        move_others: moves what encodes to a core; called again and again, as it comes and goes.
    """
    threads, before = torch.get_num_threads(), os.sched_getaffinity(0)
    first, second = sorted(before)[:2]
    over = threading.Event()

    def move() -> None:
        while not over.wait(_LOOKED_AFTER_S):
            move_others(second)

    os.sched_setaffinity(0, {first})
    torch.set_num_threads(1)
    mover = threading.Thread(target=move)
    mover.start()
    try:
        yield
    finally:
        over.set()
        mover.join()
        torch.set_num_threads(threads)
        os.sched_setaffinity(0, before)
