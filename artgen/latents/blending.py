"""One generator out of two: coarse layers of one checkpoint, fine ones of another.

Source: J. Pinkney and D. Adler, "Resolution dependent GAN interpolation for controllable image synthesis between
domains", 2020. It works on relatives, such as a run and another that started from it: their layers still speak the
same language, and the picture has the shapes of the one and the surfaces of the other.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from artgen.errors import ArtgenError, CheckpointError

State = Mapping[str, Tensor]


def blend(
    generator: nn.Module, coarse: State, fine: State, *, side_px: int, transition: float = 0.0
) -> dict[str, Tensor]:
    """The weights of a generator between two others.

    The share of the fine ones grows linearly from grid to grid; the paper's logistic curve leaves neither network alone
    anywhere. A mapping network goes with the coarsest grid. Buffers are not mixed, for a mean of two singular vectors
    is none: they are those of the network whose share is larger. So the statistics of batch norm are those of other
    pictures, and better estimated anew.

    Args:
        generator: any of this architecture. Its `layer_sides` say which grid a layer works on: the shorter side in
            pixels, by the beginning of the names of the layer's parameters.
        coarse: state of the network that the coarse layers are taken from.
        fine: of the one for the fine layers.
        side_px: the shorter side of the last grid that is `coarse`; with the picture's own all is `coarse`, with 0 all
            is `fine`.
        transition: over how many doublings, half of them before the end of that grid, the one becomes the other; with 0
            each layer is one network's.

    Raises:
        CheckpointError: the two are not of this architecture.
        ArtgenError: the generator does not say which grid its layers work on.
    """
    sides = _sides(generator)
    grids = sorted(set(sides.values()))
    edge = bisect_right(grids, side_px)
    learned = dict(generator.named_parameters())
    blended = {}
    for name, (one, other) in _pairs(generator.state_dict(), coarse, fine).items():
        share = _share_of_fine(grids.index(sides[name]) + 0.5 - edge, transition)
        if name not in learned:
            share = float(share > 0.5)
        blended[name] = one.clone() if share == 0 else other.clone() if share == 1 else torch.lerp(one, other, share)
    return blended


def _share_of_fine(beyond: float, transition: float) -> float:
    """0 to 1, for a grid so many doublings beyond the edge."""
    return min(max(beyond / transition + 0.5, 0.0), 1.0) if transition > 0 else float(beyond > 0)


def _sides(generator: nn.Module) -> dict[str, int]:
    """The shorter side of the grid of everything in the state."""
    layer_sides: Mapping[str, int] = getattr(generator, "layer_sides", {})
    sides = {}
    for name in generator.state_dict():
        layer = next((layer for layer in layer_sides if name == layer or name.startswith(f"{layer}.")), None)
        if layer is None:
            raise ArtgenError(
                f"{type(generator).__name__} does not say at which size {name} works, so its layers cannot be blended",
                hint="of the built-in generators all but dense can be blended",
            )
        sides[name] = layer_sides[layer]
    return sides


def _pairs(own: State, coarse: State, fine: State) -> dict[str, tuple[Tensor, Tensor]]:
    """The two tensors of each name, in the generator's order."""
    for which, state in (("coarse", coarse), ("fine", fine)):
        for name in [*own, *state]:
            have, want = (
                "nothing" if name not in tensors else "×".join(map(str, tensors[name].shape)) or "a number"
                for tensors in (state, own)
            )
            if have != want:
                raise CheckpointError(
                    f"the network for the {which} layers does not fit: {name} is {have} in it, not {want}",
                    hint="blend two checkpoints of one generator, with the same options, size and colours",
                )
    return {name: (coarse[name], fine[name]) for name in own}
