"""StyleGAN2's generator without compiled operations, for any width and height.

After T. Karras et al., "Analyzing and Improving the Image Quality of StyleGAN", 2020, with the sizes of stylegan2-ada.
"""

from __future__ import annotations

import math
from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from artgen.contracts import Input, Painted, PictureShape
from artgen.generators.config import StyleGANLiteConfig
from artgen.layers.filtered import Upsample
from artgen.layers.fine_precision import fine_autocast
from artgen.layers.mapping import Mapping
from artgen.layers.modulated import ModulatedConv2d, ModulatedToPicture
from artgen.layers.premultiplied import premultiplied
from artgen.layers.resolutions import Resolution, stage_sizes
from artgen.layers.stylegan_widths import stylegan_table

_TO_PICTURE_GAIN = 0.35
"""So that the sum over all resolutions begins about as bright as pictures are; the same for any number of them."""
_FIRST_DOUBLING_GAIN = 1.3
"""Makes up for the variance that the blur takes off the unrelated pixels of the constant; later ones are smooth."""
_PLACES = ("conv0", "conv1")


class StyleGANLite(nn.Module):
    """Latent → w; a learned constant → doubled until it is the picture, each layer steered by w.

    The picture is the sum of what every resolution paints, each doubled to the next. RGB and grey are not bounded, as
    in the paper. RGBA is premultiplied by construction: straight colour and alpha go through tanh, which has a
    gradient everywhere, where clamping would leave saturated pixels none; their product is the picture.

    With the defaults the parameters are those of stylegan2-ada's `auto` (22,243,608 at 64 px, 22,949,277 at 128 px,
    23,191,522 at 256 px). They are named after their grid, so that a network of 64 px can be loaded into one of 128.

    Args:
        config: options.
        shape: of the pictures.

    Attributes:
        layers: how many w a picture is painted from, one per layer.
        noise_shapes: the grids of the noise inputs. Both follow the stage.
        style_mixing: how often training should paint from two latents.
        layer_sides: the shorter side of the grid that a layer works on, by the beginning of its parameters' names.
        unbounded: it learns to stay within [-1, 1], and nothing holds it there.
    """

    input: Input = "latent"
    unbounded: ClassVar[bool] = True

    def __init__(self, config: StyleGANLiteConfig, shape: PictureShape) -> None:
        super().__init__()
        self.latent_size = config.latent
        self.style_mixing = config.style_mixing
        self.table = stylegan_table(shape, width=config.width, max_width=config.max_width)
        self.mapping = Mapping(config.latent, config.mapping_layers, shape.classes)
        start = self.table[0]
        self.constant = nn.Parameter(torch.randn(1, start.channels, start.height, start.width))
        self.blocks = nn.ModuleDict(
            {
                grid.name: _Block(coarser, grid, shape.channels, config.latent, first=coarser is start)
                for coarser, grid in zip([None, *self.table], self.table, strict=False)
            }
        )
        self.upsample = Upsample()
        sides = {grid.name: min(grid.height, grid.width) for grid in self.table}
        coarsest = sides[start.name]
        self.layer_sides = {"mapping": coarsest, "constant": coarsest}
        self.layer_sides |= {f"blocks.{name}": side for name, side in sides.items()}
        self._config, self._shape = config, shape
        self.set_stage(stage_sizes(shape)[-1], 1.0)

    def set_stage(self, size: int, fade: float) -> None:
        """Paint smaller pictures from now on.

        Args:
            size: their shorter side, one of the table's.
            fade: how far the finest layers in use have come in; at 0 the picture is the coarser one, enlarged.

        Raises:
            ValueError: the network has no grid of that size.
        """
        self._config.check_stages([size], self._shape)
        self._level, self._fade = stage_sizes(self._shape).index(size), fade
        grids = self.table[: self._level + 1]
        self.layers = 2 * len(grids)
        self.noise_shapes = {
            f"{grid.name}.{place}": (grid.height, grid.width)
            for grid in grids
            for place in _PLACES
            if place == "conv1" or grid is not grids[0]
        }

    def map(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        """(B, latent_size), and classes (B,) where pictures have classes, to w of the same size, float32."""
        w: Tensor = self.mapping(z, label)
        return w

    def synthesize(self, w: Tensor, noise: MappingOf[str, Tensor] | None = None) -> Painted:
        """Paint.

        Args:
            w: (B, latent_size), or (B, layers, latent_size) for one per layer, the coarsest first.
            noise: standard normal (B, 1, h, w) for any of `noise_shapes`; a layer paints without what is missing.

        Shape:
            to (B, C, H, W)
        """
        layered = w if w.dim() == 3 else w[:, None].expand(-1, self.layers, -1)
        noise = noise or {}
        x = self.constant.expand(w.shape[0], -1, -1, -1)
        pictures: list[Tensor] = []
        for level, grid in enumerate(self.table[: self._level + 1]):
            name = grid.name
            styles = layered[:, max(0, 2 * level - 1) : 2 * level + 2].unbind(1)
            with fine_autocast(len(self.table) - 1 - level, w.device):
                x, painted = self.blocks[name](x, styles, [noise.get(f"{name}.{place}") for place in _PLACES])
            pictures.append(painted)
        return Painted(_colored(self._summed(pictures)))

    def w_matrices(self) -> list[Tensor]:
        """The weights that w is multiplied with, for each of `layers`: those of all styles that are made from it.

        Shape:
            (outputs, latent_size) each
        """
        made: list[list[Tensor]] = [[] for _ in range(self.layers)]
        for level, grid in enumerate(self.table[: self._level + 1]):
            for layer, part in enumerate(self.blocks[grid.name].children(), max(0, 2 * level - 1)):
                affine: Any = part.affine
                made[layer].append(affine.weight * affine.scale)
        return [torch.cat(weights) for weights in made]

    def forward(self, z: Tensor, noise: MappingOf[str, Tensor] | None = None, label: Tensor | None = None) -> Painted:
        """Map and paint."""
        return self.synthesize(self.map(z, label), noise)

    def _summed(self, pictures: list[Tensor]) -> Tensor:
        """All resolutions as one picture of the finest, float32."""
        if self._fade < 1 and self._level:
            pictures[-1] = pictures[-1] * self._fade
        whole, *finer = pictures
        with torch.autocast(whole.device.type, enabled=False):
            for painted in finer:
                whole = self.upsample(whole)[:, :, : painted.shape[2], : painted.shape[3]] + painted
        return whole


class _Block(nn.Module):
    """One resolution: doubled to (but the coarsest), convolved, and shown.

    Args:
        coarser: the grid before it.
        grid: its own.
        channels: of the picture.
        latent: size of w.
        first: whether it is the first doubling.

    Shape:
        (B, C, H, W) to (B, C', H', W') and what it adds to the picture (B, channels, H', W')
    """

    def __init__(
        self, coarser: Resolution | None, grid: Resolution, channels: int, latent: int, *, first: bool
    ) -> None:
        super().__init__()
        gain = _border_gain(grid)
        if coarser is not None:
            size, blurred = (grid.height, grid.width), _FIRST_DOUBLING_GAIN if first else 1.0
            self.conv0 = ModulatedConv2d(coarser.channels, grid.channels, latent, doubled=size, gain=gain * blurred)
        self.conv1 = ModulatedConv2d(grid.channels, grid.channels, latent, gain=gain)
        self.to_picture = ModulatedToPicture(grid.channels, channels, latent, gain=_TO_PICTURE_GAIN)

    def forward(self, x: Tensor, styles: Sequence[Tensor], noises: Sequence[Tensor | None]) -> tuple[Tensor, Tensor]:
        """Paint one resolution; one style for each layer, one noise for each place."""
        *first, second, shown = styles
        for style in first:
            x = self.conv0(x, style, noises[0])
        x = self.conv1(x, second, noises[1])
        return x, self.to_picture(x, shown)


def _border_gain(grid: Resolution) -> float:
    """Makes up for the taps of a 3×3 convolution that fall on the zeros beyond the border."""
    return math.sqrt(math.prod(3 * side / (3 * side - 2) for side in (grid.height, grid.width)))


def _colored(picture: Tensor) -> Tensor:
    """What the layers' sum looks like."""
    return premultiplied(torch.tanh(picture)) if picture.shape[1] == 4 else picture
