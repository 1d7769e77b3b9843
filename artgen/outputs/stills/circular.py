"""A generator on a torus: what leaves the picture at one edge comes in at the other, so that it tiles.

Every layer that looks at its neighbours gets the other edge put around its input, and what it makes of that is cut off
again. Nothing is learned anew; only the zeros beyond the border, which networks learn to see, are gone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from artgen.contracts import PictureShape
from artgen.errors import ArtgenError
from artgen.layers.filtered import Upsample
from artgen.layers.modulated import ModulatedConv2d
from artgen.layers.resize import ResizeConv2d
from artgen.layers.resolutions import resolutions
from artgen.layers.smooth import SmoothConv2d

_TAKES_CARE_OF_ITSELF = (ModulatedConv2d, SmoothConv2d)
"""Layers with others inside that must not be wrapped once more."""


@contextlib.contextmanager
def circular(generator: nn.Module, shape: PictureShape) -> Iterator[None]:
    """Let a generator paint on a torus until the block ends.

    Raises:
        ArtgenError: it cannot: it has no convolutions, or sides that are cut while they are doubled.
    """
    layers = _looking_around(generator)
    _check(generator, layers, shape)
    handles = []
    for layer, doubles in layers:
        handles.append(layer.register_forward_pre_hook(_Wrapped(doubles)))
        handles.append(layer.register_forward_hook(_cut_doubled if doubles else _cut))
        if isinstance(layer, ModulatedConv2d) and layer.doubled:
            layer.doubled = (layer.doubled[0] + 4, layer.doubled[1] + 4)
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
        for layer, _ in layers:
            if isinstance(layer, ModulatedConv2d) and layer.doubled:
                layer.doubled = (layer.doubled[0] - 4, layer.doubled[1] - 4)


class _Wrapped:
    """Puts one pixel of the other edge around a layer's input, and as much around its noise as the output has more."""

    def __init__(self, doubles: bool) -> None:
        self._more = 2 if doubles else 1

    def __call__(self, _layer: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        x, *others = inputs
        wide = [_around(one, self._more) if isinstance(one, Tensor) and one.dim() == 4 else one for one in others]
        return (_around(x, 1), *wide)


def _around(x: Tensor, width: int) -> Tensor:
    return F.pad(x, (width,) * 4, mode="circular")


def _cut(_layer: nn.Module, _inputs: object, output: Tensor) -> Tensor:
    return output[:, :, 1:-1, 1:-1]


def _cut_doubled(_layer: nn.Module, _inputs: object, output: Tensor) -> Tensor:
    return output[:, :, 2:-2, 2:-2]


def _looking_around(generator: nn.Module) -> list[tuple[nn.Module, bool]]:
    """The layers that see more than a pixel, and whether they double the size."""
    whole = [layer for layer in generator.modules() if isinstance(layer, _TAKES_CARE_OF_ITSELF)]
    inside = {part for layer in whole for part in layer.modules() if part is not layer}
    asked = ((layer, _doubles(layer)) for layer in generator.modules() if layer not in inside)
    return [(layer, doubles) for layer, doubles in asked if doubles is not None]


def _doubles(layer: nn.Module) -> bool | None:
    """Whether a layer that sees more than a pixel doubles the size; None of others."""
    if isinstance(layer, ModulatedConv2d):
        return layer.doubled is not None
    if isinstance(layer, nn.ConvTranspose2d):
        return True if layer.stride == (2, 2) and layer.padding == (1, 1) else None
    if isinstance(layer, nn.Conv2d):
        return False if layer.kernel_size == (3, 3) and layer.padding == (1, 1) else None
    return True if isinstance(layer, ResizeConv2d | SmoothConv2d | Upsample) else None


def _check(generator: nn.Module, layers: list[tuple[nn.Module, bool]], shape: PictureShape) -> None:
    name = type(generator).__name__
    if not any(doubles for _, doubles in layers):
        raise ArtgenError(
            f"{name} has no layers that can see across an edge, so its pictures cannot be made to tile",
            hint="dcgan, lightweight, msg and stylegan-lite can.",
        )
    table = resolutions(shape, width=1)
    for coarse, fine in pairwise(table):
        if (fine.height, fine.width) != (2 * coarse.height, 2 * coarse.width):
            raise ArtgenError(
                f"pictures of {shape.width}×{shape.height} cannot be made to tile: {name} doubles "
                f"{coarse.width}×{coarse.height} and cuts it to {fine.width}×{fine.height}, which leaves a seam",
                hint=f"Train at sides that are multiples of {2 ** (len(table) - 1)}.",
            )
