"""MSG-GAN's generator, for any width and height.

Source: A. Karnewar and O. Wang, "MSG-GAN: Multi-scale gradients for generative adversarial networks", 2020.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import torch
from torch import Tensor, nn

from artgen.contracts import Input, Painted, PictureShape
from artgen.generators.config import MSGConfig
from artgen.layers.full_precision import full_precision
from artgen.layers.pixel_norm import PixelNorm
from artgen.layers.premultiplied import premultiplied
from artgen.layers.resize import ResizeConv2d
from artgen.layers.resolutions import Resolution, resolutions

_SLOPE = 0.2


class MSG(nn.Module):
    """Latent vector → a small grid → doubled until it is the picture, painting a picture at every size on the way.

    The layers are those of T. Karras et al., "Progressive Growing of GANs", 2018: two 3×3 convolutions per size, pixel
    norm, no noise. Pictures are in [-1, 1] by tanh; RGBA is premultiplied by construction.

    Args:
        config: options.
        shape: of the pictures.

    Attributes:
        layer_sides: the shorter side of the grid that a layer works on, by the beginning of its parameters' names.
    """

    input: Input = "latent"

    def __init__(self, config: MSGConfig, shape: PictureShape) -> None:
        super().__init__()
        self.latent_size = config.latent
        self.noise_shapes: dict[str, tuple[int, int]] = {}
        self.table = resolutions(shape, width=config.width, max_width=config.max_width)
        self.scale_shapes = tuple((grid.height, grid.width) for grid in reversed(self.table[:-1]))
        self.grids = nn.ModuleList([_start(config.latent, self.table[0])])
        self.grids.extend(_doubling(coarse.channels, fine.channels) for coarse, fine in pairwise(self.table))
        self.to_picture = nn.ModuleList(nn.Conv2d(grid.channels, shape.channels, 1) for grid in self.table)
        self.layer_sides = {
            f"{part}.{level}": min(grid.height, grid.width)
            for part in ("grids", "to_picture")
            for level, grid in enumerate(self.table)
        }

    def map(self, z: Tensor, label: Tensor | None = None) -> Tensor:  # noqa: ARG002 - it knows no classes
        """Return z itself: this network has no mapping."""
        return z

    def synthesize(self, w: Tensor, noise: Mapping[str, Tensor] | None = None) -> Painted:  # noqa: ARG002 - it has none
        """Paint latents at every size.

        Shape:
            (B, latent_size) to (B, C, H, W) and one (B, C, h, w) for each of `scale_shapes`
        """
        x, pictures = w, []
        for grid, layers, to_picture in zip(self.table, self.grids, self.to_picture, strict=True):
            x = layers(x)[:, :, : grid.height, : grid.width]
            # tanh in full precision: near ±1 half precision has fewer levels than 8 bits
            pictures.append(premultiplied(torch.tanh(full_precision(to_picture(x)))))
        return Painted(pictures[-1], tuple(pictures[-2::-1]))

    def w_matrices(self) -> list[Tensor]:
        """The weights that w is multiplied with.

        Shape:
            one (outputs, latent_size)
        """
        return [self.grids.get_parameter("0.0.weight")]

    def forward(self, z: Tensor, noise: Mapping[str, Tensor] | None = None, label: Tensor | None = None) -> Painted:
        """Map and paint."""
        return self.synthesize(self.map(z, label), noise)


def _start(latent: int, grid: Resolution) -> nn.Sequential:
    spread = nn.Linear(latent, grid.channels * grid.height * grid.width)
    return nn.Sequential(
        _initialised(spread),
        nn.Unflatten(1, (grid.channels, grid.height, grid.width)),
        *_activated(),
        _initialised(nn.Conv2d(grid.channels, grid.channels, 3, padding=1)),
        *_activated(),
    )


def _doubling(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        _initialised(ResizeConv2d(inputs, outputs)),
        *_activated(),
        _initialised(nn.Conv2d(outputs, outputs, 3, padding=1)),
        *_activated(),
    )


def _activated() -> tuple[nn.Module, nn.Module]:
    return nn.LeakyReLU(_SLOPE, inplace=True), PixelNorm()


def _initialised(layer: nn.Module) -> nn.Module:
    """Weights that keep the variance through LeakyReLU (K. He et al., 2015), no bias at first."""
    nn.init.kaiming_normal_(layer.get_parameter("weight"), _SLOPE)
    nn.init.zeros_(layer.get_parameter("bias"))
    return layer
