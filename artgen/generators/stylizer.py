"""The generator that repaints any picture at once: taught in a few styles, then a fraction of a second a picture."""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from artgen.contracts import Input, Painted, PictureShape
from artgen.generators.config import StylizerConfig
from artgen.layers.conditional_norm import ConditionalInstanceNorm
from artgen.layers.full_precision import full_precision
from artgen.layers.grain import Grain

_OUTER = 9
"""Side of the first and the last kernel."""
_INSIDE = 0.96
"""Of the range, so that white and black stay finite before a tanh."""
_AS_IT_IS, _EVEN = 0.5, 0.4
"""How much of the picture as it is and of the evened one there is at first."""


class Stylizer(nn.Module):
    """Down to a quarter of the size, residual blocks, and up again; on the way up it sees what it saw on the way down.

    Source: J. Johnson, A. Alahi, L. Fei-Fei, "Perceptual losses for real-time style transfer and super-resolution",
    2016, with reflected borders and with repeated pixels instead of transposed convolutions (V. Dumoulin et al., 2017).
    The maps from the way down (O. Ronneberger et al., "U-Net", 2015) spare it from learning to carry the content
    through a quarter of the size: after 450 crops the loss is a fifth lower. What they paint is added to the colours of
    the picture, `_Colors`, so that practice begins with a picture that holds all of the content. Beside the picture and
    the maps that it sees again stands noise, `Grain`: without it a smooth sky stays one, in other colours.

    Args:
        config: options.
        shape: of the pictures that it learns from; its classes are the styles, none is one style.

    Attributes:
        styles: how many it can paint in.

    Raises:
        ValueError: the pictures are not RGB.
    """

    input: ClassVar[Input] = "picture"

    def __init__(self, config: StylizerConfig, shape: PictureShape) -> None:
        super().__init__()
        config.check_shape(shape)
        self.styles = max(1, shape.classes)
        widths = (config.width, 2 * config.width, 4 * config.width)
        self.grain = Grain()
        self.first = _Layer(3 + 1, widths[0], _OUTER, self.styles)
        self.down = nn.ModuleList(_Layer(*pair, 3, self.styles, stride=2) for pair in pairwise(widths))
        self.blocks = nn.ModuleList(_Block(widths[-1], self.styles) for _ in range(config.blocks))
        self.up = nn.ModuleList(
            _Layer(low + high + 1, high, 3, self.styles) for low, high in pairwise(reversed(widths))
        )
        self.last = nn.Conv2d(widths[0], 3, _OUTER)
        self.colors = _Colors(self.styles)

    def forward(self, pictures: Tensor, label: Tensor | None = None) -> Painted:
        """Repaint pictures.

        Args:
            pictures: in [-1, 1]; any size whose sides are multiples of 4 and at least 16.
            label: the style of each, (B,) int64; the first one for all when not given.

        Shape:
            (B, 3, H, W) to the same
        """
        if label is None:
            label = torch.zeros(pictures.shape[0], dtype=torch.int64, device=pictures.device)
        grain = self.grain(pictures)
        x = self.first(_grained(pictures, grain), label)
        seen = []
        for layer in self.down:
            seen.append(_grained(x, grain))
            x = layer(x, label)
        for block in self.blocks:
            x = block(x, label)
        for layer in self.up:
            x = layer(torch.cat((F.interpolate(x, scale_factor=2, mode="nearest"), seen.pop()), dim=1), label)
        strokes = full_precision(self.last(_reflected(x, _OUTER)))
        return Painted(torch.tanh(strokes + self.colors(pictures, label)))


class _Colors(nn.Module):
    """The picture before a tanh, halfway between as it is and with mean 0 and variance 1; each style learns its own way.

    The second half carries the colours of a style to pictures that have others than those that were practised on.
    """

    def __init__(self, styles: int) -> None:
        super().__init__()
        same = torch.eye(3)
        self.mix = nn.Parameter(torch.cat((_AS_IT_IS * same, _EVEN * same), dim=1).repeat(styles, 1, 1))
        self.shift = nn.Parameter(torch.zeros(styles, 3, 1))

    def forward(self, pictures: Tensor, label: Tensor) -> Tensor:
        own = torch.atanh(_INSIDE * full_precision(pictures))
        both = torch.cat((own, F.group_norm(own, 3)), dim=1).flatten(2)
        with torch.autocast(own.device.type, enabled=False):  # half precision would be seen as steps in a sky
            return torch.baddbmm(self.shift[label], self.mix[label], both).view_as(own)


class _Layer(nn.Module):
    """A convolution with reflected borders, a norm and, but at the end of a block, a ReLU."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, styles: int, *, stride: int = 1, relu: bool = True
    ) -> None:
        super().__init__()
        # no bias: the norm takes it away again
        self.convolution = nn.Conv2d(inputs, outputs, kernel, stride, bias=False)
        self.norm = ConditionalInstanceNorm(outputs, styles)
        self.kernel = kernel
        self.relu = relu

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        x = self.norm(self.convolution(_reflected(x, self.kernel)), label)
        return F.relu(x, inplace=True) if self.relu else x


class _Block(nn.Module):
    """Two layers whose result is added to what they got."""

    def __init__(self, channels: int, styles: int) -> None:
        super().__init__()
        self.first = _Layer(channels, channels, 3, styles)
        self.second = _Layer(channels, channels, 3, styles, relu=False)

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        changed: Tensor = self.second(self.first(x, label), label)
        return x + changed


def _grained(maps: Tensor, grain: Tensor) -> Tensor:
    """Maps of the pictures' size or less, with as much of the grain as one channel more."""
    height, width = maps.shape[2:]
    return torch.cat((maps, grain[:, :, :height, :width].to(maps.dtype)), dim=1)


def _reflected(x: Tensor, kernel: int) -> Tensor:
    """Maps with their borders mirrored, as much as a kernel takes away."""
    return F.pad(x, (kernel // 2,) * 4, mode="reflect")
