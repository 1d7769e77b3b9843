"""StyleGAN2's residual discriminator without compiled operations, for any width and height.

After T. Karras et al., "Analyzing and Improving the Image Quality of StyleGAN", 2020, with the sizes of stylegan2-ada.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from artgen.contracts import Judged, Painted, PictureShape
from artgen.discriminators.config import StyleGANLiteConfig
from artgen.layers.equalized import EqualizedConv2d, EqualizedLinear
from artgen.layers.filtered import Blur
from artgen.layers.fine_precision import FINE_GRIDS, fine_autocast
from artgen.layers.full_precision import full_precision
from artgen.layers.minibatch_stddev import MinibatchStddev
from artgen.layers.resolutions import Resolution, stage_sizes
from artgen.layers.stylegan_widths import stylegan_table

_SLOPE = 0.2
_GAIN = math.sqrt(2)
_HALF = math.sqrt(0.5)


class StyleGANLite(nn.Module):
    """Picture → features → halved until they are about 4 on their shorter side → how much the group varies → judged.

    With the defaults the parameters of a full-size pass are those of stylegan2-ada's `auto` (23,407,361 at 64 px,
    23,882,369 at 128 px, 24,001,089 at 256 px). The layers that take in smaller pictures, for stages, come on top (less
    than 0.1 %). Names tell the grid, so that a network of 64 px can be loaded into one of 128.

    Of pictures with classes, the logit gains the product of the features and the class's own numbers (T. Miyato and
    M. Koyama, "cGANs with projection discriminator", 2018).

    Args:
        config: options.
        shape: of the pictures.
    """

    def __init__(self, config: StyleGANLiteConfig, shape: PictureShape) -> None:
        super().__init__()
        self.table = stylegan_table(shape, width=config.width, max_width=config.max_width)[::-1]
        self.from_picture = nn.ModuleDict(
            {grid.name: EqualizedConv2d(shape.channels, grid.channels, 1, gain=_GAIN) for grid in self.table}
        )
        self.blocks = nn.ModuleDict(
            {
                grid.name: _Block(grid.channels, coarser.channels)
                for grid, coarser in zip(self.table, self.table[1:], strict=False)
            }
        )
        self.head = _Head(self.table[-1], config.minibatch_stddev)
        self.embedding = nn.Embedding(shape.classes, self.table[-1].channels) if shape.classes else None
        self._config, self._shape = config, shape
        self._entry, self._fade = 0, 1.0

    @property
    def layers(self) -> list[nn.Module]:
        """What can be frozen, in order from the picture."""
        return [self.from_picture, *self.blocks.values(), self.head]

    def set_stage(self, size: int, fade: float) -> None:
        """Judge smaller pictures from now on.

        Args:
            size: their shorter side, one of the table's.
            fade: how far the finest layers in use have come in; at 0 the picture, once more halved, enters after them.

        Raises:
            ValueError: the network has no grid of that size.
        """
        self._config.check_stages([size], self._shape)
        self._entry, self._fade = stage_sizes(self._shape)[::-1].index(size), fade

    def forward(self, painted: Painted, *, want: frozenset[str] = frozenset(), label: Tensor | None = None) -> Judged:
        """Judge pictures.

        Args:
            painted: pictures (B, C, H, W) in about [-1, 1].
            want: "features" for the map of every resolution after the first, such as "8x8"; where the stage has but
                one, for the head's.
            label: classes (B,), where the pictures have classes.

        Returns:
            One head of logits (B,).
        """
        picture = painted.picture
        x = self._entered(picture, self._entry)
        features: dict[str, Tensor] = {}
        for level, grid in enumerate(self.table[self._entry : -1], self._entry):
            with fine_autocast(level, x.device):
                # from half to full precision; where all is half, the convolution takes it back
                x = self.blocks[grid.name](full_precision(x) if level == FINE_GRIDS else x)
            if level == self._entry and self._fade < 1:
                halved = F.avg_pool2d(picture, 2, ceil_mode=True)
                x = self._entered(halved, level + 1).to(x.dtype).lerp(x, self._fade)
            features[self.table[level + 1].name] = x
        with fine_autocast(len(self.table) - 1, x.device):
            last, gathered, logits = self.head(x)
        features = features or {self.table[-1].name: last}
        if self.embedding is not None:
            logits = logits + (self.embedding(label) * gathered).sum(1) * gathered.shape[1] ** -0.5
        return Judged([logits], features if "features" in want else {})

    def _entered(self, picture: Tensor, level: int) -> Tensor:
        """The picture as features of its grid."""
        with fine_autocast(level, picture.device):
            return F.leaky_relu(self.from_picture[self.table[level].name](picture), _SLOPE, inplace=True)


class _Block(nn.Module):
    """Two convolutions, the second after a blur and at every other pixel, and a shortcut halved likewise.

    Sides are rounded up.

    Shape:
        (B, inputs, H, W) to (B, outputs, H / 2, W / 2)
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        # the sum of two is halved in variance; here that costs nothing
        self.conv0 = EqualizedConv2d(inputs, inputs, 3, padding=1, gain=_GAIN)
        self.conv1 = EqualizedConv2d(inputs, outputs, 3, stride=2, gain=_GAIN * _HALF)
        self.skip = EqualizedConv2d(inputs, outputs, 1, stride=2, bias=False, gain=_HALF)
        self.blur_for_3x3 = Blur(padding=2)
        self.blur_for_1x1 = Blur(padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Halve (B, inputs, H, W)."""
        height, width = x.shape[2:]
        if height % 2 or width % 2:
            x = F.pad(x, (0, width % 2, 0, height % 2))
        y = F.leaky_relu(self.conv0(x), _SLOPE, inplace=True)
        y = F.leaky_relu(self.conv1(self.blur_for_3x3(y)), _SLOPE, inplace=True)
        shortcut: Tensor = self.skip(self.blur_for_1x1(x))
        return y + shortcut


class _Head(nn.Module):
    """How much the group varies, a convolution, and two dense layers.

    Shape:
        (B, C, h, w) to the map of the convolution (B, C, h, w), the numbers of the first dense layer (B, C) and the
        logits (B,)
    """

    def __init__(self, grid: Resolution, group: int) -> None:
        super().__init__()
        channels = grid.channels
        self.stddev = MinibatchStddev(group) if group else nn.Identity()
        self.conv = EqualizedConv2d(channels + bool(group), channels, 3, padding=1, gain=_GAIN)
        self.dense = EqualizedLinear(channels * grid.height * grid.width, channels)
        self.output = EqualizedLinear(channels, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Judge (B, C, h, w)."""
        x = F.leaky_relu(self.conv(self.stddev(x)), _SLOPE, inplace=True)
        # full precision from here on: the losses compare logits, and half precision ties them
        with torch.autocast(x.device.type, enabled=False):
            dense = self.dense(x.flatten(1).to(self.dense.weight.dtype))
            gathered = F.leaky_relu(dense, _SLOPE, inplace=True) * _GAIN
            return x, gathered, self.output(gathered).flatten()
