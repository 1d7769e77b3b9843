"""How many threads a processor works with: they decide the order of sums, and so the last bits."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from artgen.runs.checkpoints import Checkpoint


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
