"""The layers of a network that give feature maps, found by looking at what its parts return."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from artgen.errors import ArtgenError
from torch import Tensor, nn

_SIDE_PX = 256
"""Of the picture that is looked at to find them; a multiple of every usual stride."""


def strides_of(model: nn.Module, name: str) -> dict[str, int]:
    """Every part that returns feature maps, in the order in which it does, and the pixels from place to place in them.

    Nothing is computed: shapes alone go through a copy without numbers.

    Raises:
        ArtgenError: the network takes pictures of one size only, or has no feature maps.
    """
    if getattr(model, "output_fmt", "NCHW") != "NCHW":
        raise _no_maps(name, "its features come channels last")
    hollow = copy.deepcopy(model).to("meta")
    found: dict[str, int] = {}

    def note(layer: str, output: Any) -> None:
        if layer in found or not isinstance(output, Tensor) or output.dim() != 4:
            return
        height, width = output.shape[2:]
        if height == width and height > 1 and _SIDE_PX % height == 0:
            found[layer] = _SIDE_PX // height

    try:
        with torch.no_grad(), listening(hollow, None, note):
            hollow(torch.empty(1, 3, _SIDE_PX, _SIDE_PX, device="meta"))
    except Exception as error:  # each network has its own words for it
        raise _no_maps(name, f"it does not take pictures of any size ({error})") from error
    if not any(info["module"] in found for info in getattr(model, "feature_info", ())):
        raise _no_maps(name, "what it finds are no feature maps, as with transformers")
    return found


@contextmanager
def listening(model: nn.Module, layers: Collection[str] | None, note: Any) -> Iterator[None]:
    """Call ``note(layer, output)`` when a part of the network is done.

    Args:
        layers: which parts; None for all.
    """
    parts = dict(model.named_modules())
    handles = [
        parts[layer].register_forward_hook(lambda _part, _input, output, layer=layer: note(layer, output))
        for layer in (parts if layers is None else layers)
        if layer
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _no_maps(name: str, reason: str) -> ArtgenError:
    return ArtgenError(
        f"losses cannot look through '{name}': {reason}",
        where="[backbone] model",
        hint="take a convolutional network, such as resnet50.a1_in1k, convnext_tiny.in12k_ft_in1k or vgg19.tv_in1k",
    )
