"""The layers of a network that give feature maps, found by looking at what its parts return."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from artgen.errors import ArtgenError
from torch import Tensor, nn

_SIDE_PX = 256
"""Of the picture that is looked at to find them; a multiple of every usual stride."""


def strides_of(model: nn.Module, name: str, table: str = "backbone") -> dict[str, int]:
    """Every part that returns feature maps, in the order in which it does, and the pixels from place to place in them.

    Nothing is computed: shapes alone go through a copy without numbers.

    Args:
        table: of the job, which names the network.

    Raises:
        ArtgenError: the network takes pictures of one size only, or has no feature maps.
    """
    if getattr(model, "output_fmt", "NCHW") != "NCHW":
        raise _no_maps(name, table, "its features come channels last")
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
        raise _no_maps(name, table, f"it does not take pictures of any size ({error})") from error
    if not any(info["module"] in found for info in getattr(model, "feature_info", ())):
        raise _no_maps(name, table, "what it finds are no feature maps, as with transformers")
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


def usual_of(model: Any, strides: Collection[str]) -> tuple[str, ...]:
    """Those of the layers that timm itself looks at."""
    return tuple(info["module"] for info in model.feature_info if info["module"] in strides)


def check_layers(
    layers: Collection[str], name: str, strides: Collection[str], usual: Sequence[str], table: str
) -> None:
    """Raises ArtgenError when a network has not all of the layers that a table of the job asks for."""
    unknown = sorted(set(layers).difference(strides))
    if not unknown:
        return
    close = difflib.get_close_matches(unknown[0], strides, 1, 0.6)
    meant = f". Did you mean '{close[0]}'?" if close else ""
    raise ArtgenError(
        f"{name} has no layer '{unknown[0]}' with feature maps{meant}",
        where="[[losses]] layers" if table == "backbone" else f"[{table}] layers",
        hint=f"it has {', '.join(usual)}, and the parts of these by timm's names",
    )


def _no_maps(name: str, table: str, reason: str) -> ArtgenError:
    return ArtgenError(
        f"{'losses' if table == 'backbone' else 'a sheet'} cannot look through '{name}': {reason}",
        where=f"[{table}] model",
        hint="take a convolutional network, such as resnet50.a1_in1k, convnext_tiny.in12k_ft_in1k or vgg19.tv_in1k",
    )
