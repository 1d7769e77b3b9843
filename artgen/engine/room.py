"""What the checkpoints of a training will take of the disk, known as soon as its networks are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artgen.runs.checkpoints import size_bytes
from artgen.runs.progress import Progress
from artgen.runs.room import check_room
from artgen.runs.store import Run

if TYPE_CHECKING:
    from torch import nn

    from artgen.engine.state import TrainState

_WITH_ADAM = 3
"""The weights, and Adam's two running means of each."""
_LEAST, _WHOLE, _SNAPSHOTS = 2, 4, 8
"""Checkpoints without which nothing is safe; those kept whole, with the one being written; float16 ones beside them."""


def check_room_for_checkpoints(run: Run, state: TrainState, progress: Progress) -> None:
    """Look at the disk before a training begins.

    Raises:
        DiskError: not even two checkpoints fit.
    """
    ema = _bytes_of(state.ema.generator)
    whole = _WITH_ADAM * sum(map(_bytes_of, state.networks.values())) + ema
    there = size_bytes(run.checkpoints) if run.checkpoints.exists() else 0
    guess = min(_WHOLE * whole + _SNAPSHOTS * ema // 2, round(run.job.train.keep_gb * 1e9))
    least, most = (max(0, count - there) for count in (_LEAST * whole, max(guess, _LEAST * whole)))
    check_room(run.folder, least, most, f"{run.name}: checkpoints", progress.warn)


def _bytes_of(network: nn.Module) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in network.state_dict().values())
