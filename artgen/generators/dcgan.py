"""The convolutional generator of DCGAN (A. Radford, L. Metz, S. Chintala, 2015), for any width and height."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from artgen.contracts import Input, Painted, PictureShape
from artgen.generators.config import DCGANConfig
from artgen.layers.full_precision import full_precision
from artgen.layers.premultiplied import premultiplied
from artgen.layers.resize import ResizeConv2d
from artgen.layers.resolutions import Resolution, resolutions, stage_sizes
from artgen.layers.smooth import SmoothConv2d
from artgen.layers.spectral_norm import spectrally_normalised

_INITIAL_STD = 0.02


class DCGAN(nn.Module):
    """Latent vector → a small grid → doubled until it is the picture.

    Pictures are in [-1, 1] by tanh. RGBA is premultiplied by construction: the network paints straight colour and
    alpha, and their product is the picture.

    Of pictures with classes, w is the latent followed by as many learned numbers of the class. A network built to
    grow has a layer that paints from every coarser grid too (T. Karras et al., "Progressive growing of GANs", 2018).

    Args:
        config: options.
        shape: of the pictures.

    Attributes:
        layer_sides: the shorter side of the grid that a layer works on, by the beginning of its parameters' names.

    Raises:
        ValueError: `widths` does not fit the shape.
    """

    input: Input = "latent"

    def __init__(self, config: DCGANConfig, shape: PictureShape) -> None:
        super().__init__()
        self.latent_size = config.latent
        self.table = resolutions(shape, width=config.width, max_width=config.max_width, widths=config.widths)
        start = self.table[0]
        numbers = 2 * config.latent if shape.classes else config.latent
        first = nn.ConvTranspose2d(numbers, start.channels, (start.height, start.width), bias=_biased(config))
        self.start = _block(first, start.channels, config)
        self.doublings = nn.ModuleList(
            _block(_doubling(coarse.channels, fine.channels, config), fine.channels, config)
            for coarse, fine in zip(self.table, self.table[1:-1], strict=False)
        )
        self.last, self.to_picture = _ending(self.table[-2].channels, self.table[-1].channels, shape.channels, config)
        self.embedding = nn.Embedding(shape.classes, config.latent) if shape.classes else None
        coarser = self.table[:-1] if config.growing else []
        self.to_coarser = nn.ModuleList(_initialise(nn.Conv2d(grid.channels, shape.channels, 1)) for grid in coarser)
        # a transposed convolution paints the picture at once, and leaves no features to add noise to
        noisy = self.table[: -1 if config.upsampling == "transposed" else None] if config.noise else []
        self.noise_strengths = nn.ParameterDict(
            {grid.name: nn.Parameter(torch.zeros(grid.channels, 1, 1)) for grid in noisy}
        )
        self.noise_shapes = {grid.name: (grid.height, grid.width) for grid in noisy}
        self.layer_sides = _layer_sides(self.table)
        self._config, self._shape = config, shape
        self._level, self._fade = len(self.table) - 1, 1.0

    def set_stage(self, size: int, fade: float) -> None:
        """Paint smaller pictures from now on.

        Args:
            size: their shorter side, one of the table's.
            fade: how far the finest layers in use have come in; at 0 the picture is the coarser one, enlarged.

        Raises:
            ValueError: the network is not built to grow, or has no grid of that size.
        """
        self._config.check_stages([size], self._shape)
        self._level, self._fade = stage_sizes(self._shape).index(size), fade

    def map(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        """The latent, and what the network has learned of the class where pictures have classes."""
        return z if self.embedding is None else torch.cat((z, self.embedding(label)), dim=1)

    def synthesize(self, w: Tensor, noise: Mapping[str, Tensor] | None = None) -> Painted:
        """Paint latents.

        Args:
            w: (B, latent_size), or twice as long with classes.
            noise: standard normal (B, 1, h, w) for any of `noise_shapes`; without it what is missing is left out.

        Shape:
            to (B, C, H, W)
        """
        noise = noise or {}
        x = coarser = self._with_noise(self.start(w[:, :, None, None]), self.table[0], noise)
        for grid, double in zip(self.table[1 : self._level + 1], (*self.doublings, self.last), strict=False):
            coarser, x = x, self._with_noise(double(x)[:, :, : grid.height, : grid.width], grid, noise)
        picture = self._picture(x, self._level)
        if self._level and self._fade < 1:
            enlarged = F.interpolate(self._picture(coarser, self._level - 1), picture.shape[2:], mode="bilinear")
            picture = enlarged.lerp(picture, self._fade)
        return Painted(picture)

    def forward(self, z: Tensor, noise: Mapping[str, Tensor] | None = None, label: Tensor | None = None) -> Painted:
        """Map and paint."""
        return self.synthesize(self.map(z, label), noise)

    def w_matrices(self) -> list[Tensor]:
        """The weights that w is multiplied with.

        Shape:
            one (outputs, numbers of w)
        """
        first: Any = self.start[0]
        return [first.weight.flatten(1).t()]

    def _with_noise(self, x: Tensor, grid: Resolution, noise: Mapping[str, Tensor]) -> Tensor:
        name = grid.name
        if name not in self.noise_shapes or name not in noise:
            return x
        noisy: Tensor = x + (self.noise_strengths[name] * noise[name]).to(x.dtype)
        return noisy

    def _picture(self, x: Tensor, level: int) -> Tensor:
        to_picture = self.to_picture if level == len(self.table) - 1 else self.to_coarser[level]
        # tanh in full precision: near ±1 half precision has fewer levels than 8 bits
        return premultiplied(torch.tanh(full_precision(to_picture(x))))


def _layer_sides(table: Sequence[Resolution]) -> dict[str, int]:
    first, *middle, last = (min(grid.height, grid.width) for grid in table)
    sides = {"embedding": first, "start": first, "last": last, "to_picture": last}
    sides |= {f"doublings.{number}": side for number, side in enumerate(middle)}
    sides |= {f"to_coarser.{number}": side for number, side in enumerate((first, *middle))}
    return sides | {f"noise_strengths.{grid.name}": min(grid.height, grid.width) for grid in table}


def _biased(config: DCGANConfig) -> bool:
    """Batch norm subtracts the mean, and any bias with it."""
    return config.norm != "batch"


def _doubling(inputs: int, outputs: int, config: DCGANConfig) -> nn.Module:
    if config.upsampling == "smooth":
        return SmoothConv2d(inputs, outputs, bias=_biased(config))
    if config.upsampling == "resize":
        return ResizeConv2d(inputs, outputs, bias=_biased(config))
    return nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1, bias=_biased(config))


def _block(layer: nn.Module, channels: int, config: DCGANConfig) -> nn.Sequential:
    _initialise(layer)
    if config.norm == "spectral":
        layer = spectrally_normalised(layer)
    norm = [_initialise(nn.BatchNorm2d(channels))] if config.norm == "batch" else []
    return nn.Sequential(layer, *norm, nn.ReLU(inplace=True))


def _ending(inputs: int, width: int, channels: int, config: DCGANConfig) -> tuple[nn.Module, nn.Module]:
    """The last doubling and what turns its features into colours.

    The paper's transposed convolution paints colours as it doubles; a resized grid gets a layer of its own at full
    size, or the finest details would be 3×3 sums of repeated pixels.
    """
    if config.upsampling == "transposed":
        return _initialise(nn.ConvTranspose2d(inputs, channels, 4, stride=2, padding=1)), nn.Identity()
    last = _block(_doubling(inputs, width, config), width, config)
    return last, _initialise(nn.Conv2d(width, channels, 3, padding=1))


def _initialise(layer: nn.Module) -> nn.Module:
    """N(0, 0.02) for weights and N(1, 0.02) for the scales of batch norm, as the paper's code."""
    mean = 1.0 if isinstance(layer, nn.BatchNorm2d) else 0.0
    nn.init.normal_(layer.get_parameter("weight"), mean, _INITIAL_STD)
    if getattr(layer, "bias", None) is not None:
        nn.init.zeros_(layer.get_parameter("bias"))
    return layer
