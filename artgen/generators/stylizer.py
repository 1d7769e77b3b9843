"""The generator that repaints any picture at once: taught in a few styles, then a fraction of a second a picture."""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from artgen.contracts import Input, Painted, PictureShape
from artgen.generators import practised
from artgen.generators.config import StylizerConfig
from artgen.layers.conditional_whitening import ConditionalWhitening, recolored
from artgen.layers.full_precision import full_precision
from artgen.layers.grain import Grain
from artgen.layers.reflected import reflected

_KERNEL = 3
_WIDTHS = (1, 2, 4, 4)
"""At the picture's size, half of it and so on. An eighth is the scale of relu4_1, which style is judged by."""
_INSIDE = 0.96
"""Of the range, so that white and black stay finite before a tanh."""
_PICTURE, _CONTRAST = 0.5, 0.5
"""How much of the picture stands beside the strokes at first, and how far their colours then go from grey."""
_GRAIN = 0.3
"""How strong grain is at first, beside maps of variance 1."""
_COLOR_ITERATIONS = 12
"""Enough for three channels that are nearly the same, as those of a grey picture are."""


class Stylizer(nn.Module):
    """Down to an eighth of the size, residual blocks, and up again; on the way up it sees what it saw on the way down.

    Source: J. Johnson, A. Alahi, L. Fei-Fei, "Perceptual losses for real-time style transfer and super-resolution",
    2016, with reflected borders and with interpolation instead of transposed convolutions, which leave a grid (A. Odena,
    V. Dumoulin, C. Olah, "Deconvolution and checkerboard artifacts", 2016). The maps from the way down, which are added
    (O. Ronneberger et al., "U-Net", 2015, put theirs side by side), spare it from learning to carry the content through
    an eighth of the size. What they paint lies on the picture itself and gets the colours of the style, `_Colors`, so
    that practice begins with all of the content. Noise, `Grain`, stands beside the picture and is added on the way up:
    without it a smooth sky stays one, in other colours.

    A style is a matter of statistics, which a network has to hit in each picture, while a canvas corrects them in the
    one it paints. Three things bring them near in pictures of all kinds: maps are whitened instead of only evened
    (`ConditionalWhitening`), so are the colours at the end, and a block at the full size comes last.

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
        widths = tuple(config.width * times for times in _WIDTHS)
        self.grain = Grain()
        self.first = _Layer(3 + 1, widths[0], self.styles)
        self.down = nn.ModuleList(_Layer(*pair, self.styles, stride=2) for pair in pairwise(widths))
        self.blocks = nn.ModuleList(_Block(widths[-1], self.styles) for _ in range(config.blocks))
        self.up = nn.ModuleList(_Up(low, high, self.styles) for low, high in pairwise(reversed(widths)))
        self.fine = _Block(widths[0], self.styles)
        self.last = nn.Conv2d(widths[0], 3, _KERNEL, bias=False)
        self.colors = _Colors(self.styles)
        if config.practised and practised.fits(config):
            practised.take_over(self)

    def forward(self, pictures: Tensor, label: Tensor | None = None) -> Painted:
        """Repaint pictures.

        Args:
            pictures: in [-1, 1]; any size whose sides are multiples of 8 and at least 16.
            label: the style of each, (B,) int64; the first one for all when not given.

        Shape:
            (B, 3, H, W) to the same
        """
        if label is None:
            label = torch.zeros(pictures.shape[0], dtype=torch.int64, device=pictures.device)
        grain = self.grain(pictures)
        x = self.first(torch.cat((pictures, grain), dim=1), label)
        seen = []
        for layer in self.down:
            seen.append(x)
            x = layer(x, label)
        for block in self.blocks:
            x = block(x, label)
        for up in self.up:
            x = up(x, seen.pop(), grain, label)
        strokes = self.last(reflected(self.fine(x, label)))
        return Painted(self.colors(pictures, strokes, label))


class _Colors(nn.Module):
    """Strokes on the picture, in the colours of a style: whatever the picture's are, theirs come out spread as these."""

    def __init__(self, styles: int) -> None:
        super().__init__()
        same = torch.eye(3).repeat(styles, 1, 1)
        self.picture = nn.Parameter(_PICTURE * same)
        self.mix = nn.Parameter(_CONTRAST * same)
        self.shift = nn.Parameter(torch.zeros(styles, 3))

    def forward(self, pictures: Tensor, strokes: Tensor, label: Tensor) -> Tensor:
        own = torch.atanh(_INSIDE * full_precision(pictures))
        with torch.autocast(own.device.type, enabled=False):  # half precision would be seen as steps in a sky
            below = (self.picture[label] @ own.flatten(2)).view_as(own)
        painted = full_precision(strokes) + below
        return torch.tanh(recolored(painted, self.mix[label], self.shift[label], _COLOR_ITERATIONS))


class _Up(nn.Module):
    """Twice the size; the maps of that size from the way down are added, and grain."""

    def __init__(self, low: int, high: int, styles: int) -> None:
        super().__init__()
        self.narrow = _Layer(low, high, styles, relu=False)
        self.grain = nn.Parameter(_GRAIN * torch.randn(high, 1, 1))
        self.layer = _Layer(high, high, styles)

    def forward(self, x: Tensor, seen: Tensor, grain: Tensor, label: Tensor) -> Tensor:
        height, width = seen.shape[2:]
        narrow = self.narrow(x, label)
        with torch.autocast(x.device.type, enabled=False):  # copies, as in `reflected`
            x = F.interpolate(narrow, scale_factor=2, mode="bilinear")
        strewn = (self.grain * grain[:, :, :height, :width]).to(x.dtype)
        doubled: Tensor = self.layer(x + seen + strewn, label)
        return doubled


class _Layer(nn.Module):
    """A convolution with reflected borders, a norm and, but at the end of a block, a ReLU."""

    def __init__(self, inputs: int, outputs: int, styles: int, *, stride: int = 1, relu: bool = True) -> None:
        super().__init__()
        # no bias: the norm takes it away again
        self.convolution = nn.Conv2d(inputs, outputs, _KERNEL, stride, bias=False)
        self.norm = ConditionalWhitening(outputs, styles)
        self.relu = relu

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        x = self.norm(self.convolution(reflected(x)), label)
        # in place, autograd would have to put the slope together again: the maps are a view of the norm's rows
        return F.relu(x, inplace=not x.requires_grad) if self.relu else x


class _Block(nn.Module):
    """Two layers whose result is added to what they got."""

    def __init__(self, channels: int, styles: int) -> None:
        super().__init__()
        self.first = _Layer(channels, channels, styles)
        self.second = _Layer(channels, channels, styles, relu=False)

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        changed: Tensor = self.second(self.first(x, label), label)
        return x + changed
