"""What a training takes of the memory, from one small step: on a CPU nothing can be caught once it is too late."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from artgen.engine.learn import gradients
from artgen.engine.memory import MicroBatches
from artgen.engine.samples import Pictures, Samples
from artgen.engine.stages import Stages
from artgen.engine.state import TrainState

_PROBED = 2
"""Pictures of the small step."""


@dataclass(frozen=True)
class Footprint:
    """Bytes that a training takes.

    Attributes:
        fixed: weights, their gradients, Adam's two moments, the moving average.
        per_picture: what one more picture in a micro-batch adds.
    """

    fixed: int
    per_picture: int


def measure_footprint(state: TrainState, pictures: Pictures, seed: int) -> Footprint:
    """Compute the gradients of one small step and count what is kept for the way back, of both phases together.

    That is somewhat more than is there at once, which leaves room for what is in hand.

    Args:
        state: a fresh one, of no further use: its buffers have seen the step.
    """
    count = min(_PROBED, state.micro_batches.batch)
    state.stages = Stages.full_size()
    state.micro_batches = MicroBatches(count)
    samples = Samples(state, pictures, seed, count, discriminator_updates=1)
    backbone = [state.references.sight.backbone] if state.references.sight.backbone else []
    weights = {p.untyped_storage().data_ptr() for n in (*state.networks.values(), *backbone) for p in n.parameters()}
    phases = [samples.of_discriminator(0)] if state.discriminator is not None else []
    kept = 0
    for parts in (*phases, samples.of_generator(0)):
        with counted_bytes(weights) as counted:
            gradients(state, parts, backward=True)
        kept += counted["bytes"]  # together: what the generator painted is kept through both
    learned = sum(map(_weight_bytes, state.networks.values()))
    return Footprint(4 * learned + _weight_bytes(state.ema.generator), int(kept / count))


def _weight_bytes(network: nn.Module) -> int:
    return sum(p.numel() * p.element_size() for p in network.parameters())


@contextmanager
def counted_bytes(weights: set[int]) -> Iterator[dict[str, int]]:
    """Sums the bytes of all tensors kept for the way back, each storage once; weights are there anyway."""
    seen: set[int] = set(weights)
    total = {"bytes": 0}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in seen:
            seen.add(storage.data_ptr())
            total["bytes"] += storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        yield total
