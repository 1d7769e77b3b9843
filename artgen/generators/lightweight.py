"""FastGAN's generator, for any width and height.

Source: B. Liu et al., "Towards faster and stabilized GAN training for high-fidelity few-shot image synthesis", 2021.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from artgen.contracts import Input, Painted, PictureShape
from artgen.generators.config import LightweightConfig
from artgen.layers.full_precision import full_precision
from artgen.layers.gated import Gated
from artgen.layers.premultiplied import premultiplied
from artgen.layers.resize import ResizeConv2d
from artgen.layers.resolutions import Resolution, resolutions
from artgen.layers.skip_excitation import SkipExcitation
from artgen.layers.spectral_norm import spectrally_normalised

_WIDTHS = (16, 8, 4, 2, 2, 1, 1 / 2, 1 / 4, 1 / 8)
"""Channels from the coarsest grid on, in shares of `width`."""
_SKIPPED = 4
"""How many doublings lie between a grid and the one whose channels it weights."""


class Lightweight(nn.Module):
    """Latent vector → a small grid → doubled until it is the picture; coarse grids weight the channels of fine ones.

    Every other doubling has a second convolution and takes noise. Pictures are in [-1, 1] by tanh; RGBA is
    premultiplied by construction. The paper's second, small picture is left out: it serves sizes above 256 pixels.

    Args:
        config: options.
        shape: of the pictures.

    Attributes:
        layer_sides: the shorter side of the grid that a layer works on, by the beginning of its parameters' names.
    """

    input: Input = "latent"

    def __init__(self, config: LightweightConfig, shape: PictureShape) -> None:
        super().__init__()
        self.latent_size = config.latent
        table = _table(config, shape)
        start, end = table[0], table[-1]
        size = (start.height, start.width)
        first = nn.ConvTranspose2d(config.latent, 2 * start.channels, size, bias=False)
        self.start = Gated(first, start.channels, size)
        self.doublings = nn.ModuleList(
            _doubling(coarse, fine, noisy=bool(level % 2)) for level, (coarse, fine) in enumerate(pairwise(table), 1)
        )
        self.skips = nn.ModuleList(
            SkipExcitation(coarse.channels, fine.channels)
            for coarse, fine in zip(table, table[_SKIPPED:], strict=False)
        )
        self.to_picture = spectrally_normalised(nn.Conv2d(end.channels, shape.channels, 3, padding=1))
        self.noise_shapes: dict[str, tuple[int, int]] = {
            name: layer.size
            for name, layer in self.named_modules()
            if isinstance(layer, Gated) and layer.noise_strength is not None
        }
        self.layer_sides = _layer_sides(table)

    def map(self, z: Tensor, label: Tensor | None = None) -> Tensor:  # noqa: ARG002 - it knows no classes
        """Return z itself: this network has no mapping."""
        return z

    def synthesize(self, w: Tensor, noise: Mapping[str, Tensor] | None = None) -> Painted:
        """Paint latents, without noise where none is given.

        Shape:
            (B, latent_size) to (B, C, H, W)
        """
        noise = noise or {}
        maps = [self.start(w[:, :, None, None])]
        for level, doubling in enumerate(self.doublings):
            x = maps[-1]
            for number, layer in enumerate(doubling.children()):
                x = layer(x, noise.get(f"doublings.{level}.{number}"))
            skipped = level + 1 - _SKIPPED
            maps.append(x if skipped < 0 else self.skips[skipped](maps[skipped], x))
        # tanh in full precision: near ±1 half precision has fewer levels than 8 bits
        return Painted(premultiplied(torch.tanh(full_precision(self.to_picture(maps[-1])))))

    def w_matrices(self) -> list[Tensor]:
        """The weights that w is multiplied with.

        Shape:
            one (outputs, latent_size)
        """
        first: Any = self.start.layer
        return [first.weight.flatten(1).t()]

    def forward(self, z: Tensor, noise: Mapping[str, Tensor] | None = None, label: Tensor | None = None) -> Painted:
        """Map and paint."""
        return self.synthesize(self.map(z, label), noise)


def _layer_sides(table: Sequence[Resolution]) -> dict[str, int]:
    first, *finer = (min(grid.height, grid.width) for grid in table)
    sides = {"start": first, "to_picture": finer[-1]}
    sides |= {f"doublings.{number}": side for number, side in enumerate(finer)}
    return sides | {f"skips.{number}": side for number, side in enumerate(finer[_SKIPPED - 1 :])}


def _table(config: LightweightConfig, shape: PictureShape) -> list[Resolution]:
    levels = len(resolutions(shape, width=1))
    shares = [*_WIDTHS, *[_WIDTHS[-1]] * levels][:levels]
    return resolutions(shape, width=1, widths=[int(config.width * share) for share in shares])


def _doubling(coarse: Resolution, fine: Resolution, *, noisy: bool) -> nn.ModuleList:
    size = (fine.height, fine.width)
    layers = nn.ModuleList()
    layers.append(Gated(ResizeConv2d(coarse.channels, 2 * fine.channels, bias=False), fine.channels, size, noisy=noisy))
    if noisy:
        second = nn.Conv2d(fine.channels, 2 * fine.channels, 3, padding=1, bias=False)
        layers.append(Gated(second, fine.channels, size, noisy=True))
    return layers
