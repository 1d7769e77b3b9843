"""A network of timm as artgen's losses look through one."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Self

import torch
from artgen.colours import rgb_of
from artgen.errors import ArtgenError
from torch import Tensor, nn

from artgen_timm.config import TimmConfig
from artgen_timm.layers import check_layers, listening, strides_of, usual_of
from artgen_timm.models import build_model
from artgen_timm.record import Used, note_used
from artgen_timm.weights import load, weights_of


class Timm(nn.Module):
    """Pictures → feature maps of a convolutional network, frozen.

    Any part of the network that returns feature maps is a layer, by timm's name for it, such as ``layer2`` or
    ``stages.1.blocks.0``. A place of a map stands for a cell of `strides` × `strides` pixels; sides need not be
    multiples of that, what is left over at the right and at the bottom has no place of its own.

    Args:
        config: which network, and whose weights.
        table: of the job, which says so.

    Attributes:
        layer_names: from the first to the last.
        usual: those of them that timm itself looks at.
        strides: side of a layer's cells in pixels.

    Raises:
        ArtgenError: there is no such network, losses cannot look through it, or its weights cannot be had.
    """

    mean: Tensor
    scale: Tensor
    background: Tensor

    def __init__(self, config: TimmConfig, table: str = "backbone") -> None:
        super().__init__()
        self.name = config.model
        self.table = table
        network: Any = build_model(config.model, table)
        self.strides = strides_of(network, config.model, table)
        self.layer_names = tuple(self.strides)
        self.usual = usual_of(network, self.strides)
        weights = weights_of(network, config.model, config.weights, config.sha256, table)
        load(network, weights, table)
        told = network.pretrained_cfg
        note_used(Used(config.model, weights.source, weights.sha256, tuple(told["mean"]), tuple(told["std"])))
        for part in network.modules():
            if hasattr(part, "inplace"):
                part.inplace = False  # or a layer's map would become the next one's
        self.network = network
        self._constant("mean", told["mean"])
        self._constant("scale", [1 / deviation for deviation in told["std"]])
        self._constant("background", [value / 255 for value in rgb_of(config.background)])
        self.requires_grad_(False)
        self.train(False)

    def _constant(self, name: str, values: Collection[float]) -> None:
        self.register_buffer(name, torch.tensor(list(values)).view(1, 3, 1, 1), persistent=False)

    def forward(self, pictures: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """The feature maps that are asked for; nothing beyond the deepest of them is computed.

        Args:
            pictures: (B, C, H, W) in [-1, 1], C 1, 3 or 4; RGBA premultiplied.
            layers: some of `layer_names`.

        Returns:
            (B, channels, H // stride, W // stride) by name, in the network's order.

        Raises:
            ArtgenError: there is no such layer, or the pictures are smaller than one of its cells.
        """
        self._check(pictures, layers)
        wanted = set(layers)
        found: dict[str, Tensor] = {}
        height, width = pictures.shape[2:]

        def note(layer: str, output: Tensor) -> None:
            if layer in found:
                return  # a part that is used twice is its first use
            stride = self.strides[layer]
            # a copy, where the next part would add to it in place
            found[layer] = output[:, :, : height // stride, : width // stride].clone()
            if len(found) == len(wanted):
                raise _AllSeenError

        if not wanted:
            return {}
        colours = (self._over_background(pictures) + 1) / 2
        try:
            with listening(self.network, wanted, note):
                self.network((colours - self.mean) * self.scale)
        except _AllSeenError:
            pass
        return {layer: found[layer] for layer in self.layer_names if layer in found}

    def _over_background(self, pictures: Tensor) -> Tensor:
        """(B, 3, H, W) of grey, RGB or premultiplied RGBA."""
        if pictures.shape[1] == 4:
            return pictures[:, :3] + (1 - pictures[:, 3:]) * self.background
        return pictures.expand(-1, 3, -1, -1)

    def _check(self, pictures: Tensor, layers: Collection[str]) -> None:
        check_layers(layers, self.name, self.layer_names, self.usual, self.table)
        height, width = pictures.shape[2:]
        blind = [layer for layer in self.layer_names if layer in layers and self.strides[layer] > min(height, width)]
        if blind:
            raise ArtgenError(
                f"a picture of {width}×{height} pixels is too small for {blind[0]} of {self.name}",
                hint=f"both sides must be at least {self.strides[blind[0]]} pixels, or leave the layer out",
            )

    def train(self, mode: bool = True) -> Self:  # noqa: ARG002 - there is nothing in it that trains
        """Stay as it is: a backbone is never trained."""
        return super().train(False)


class _AllSeenError(Exception):
    """Nothing more is wanted of the network."""
