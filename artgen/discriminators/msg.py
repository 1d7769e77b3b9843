"""MSG-GAN's discriminator, for any width and height.

Source: A. Karnewar and O. Wang, "MSG-GAN: Multi-scale gradients for generative adversarial networks", 2020.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from artgen.contracts import Judged, Painted, PictureShape
from artgen.discriminators.config import MSGConfig
from artgen.layers.full_precision import full_precision
from artgen.layers.minibatch_stddev import MinibatchStddev
from artgen.layers.resolutions import resolutions

_SLOPE = 0.2


class MSG(nn.Module):
    """Halve the grid, at each size taking in the picture of that size, until it is about 4 on its shorter side.

    So every size of the generator is told directly what is wrong with it. Pictures join the features as further
    channels (the paper's simple combination), and each size sees how much the batch varies.

    Args:
        config: options.
        shape: of the pictures.
    """

    def __init__(self, config: MSGConfig, shape: PictureShape) -> None:
        super().__init__()
        table = resolutions(shape, width=config.width, max_width=config.max_width)[::-1]
        finest, coarsest = table[0], table[-1]
        self.stem = nn.Sequential(*_convolution(shape.channels, finest.channels, 1))
        # the stem's features stand for the finest picture: only the coarser ones join as they are
        joining = [0, *[shape.channels] * (len(table) - 1)]
        self.halvings = nn.ModuleList(
            _halving(fine.channels + joined, fine.channels, coarse.channels, config)
            for joined, (fine, coarse) in zip(joining, pairwise(table), strict=False)
        )
        channels = coarsest.channels
        self.ending = nn.Sequential(
            MinibatchStddev(config.minibatch_stddev),
            *_convolution(channels + joining[-1] + 1, channels, 3),
            *_convolution(channels, channels, (coarsest.height, coarsest.width), padded=False),
        )
        self.head = nn.Linear(channels, 1)

    @property
    def layers(self) -> list[nn.Module]:
        """What can be frozen, in order from the picture."""
        return [self.stem, *self.halvings, self.ending, self.head]

    def forward(
        self,
        painted: Painted,
        *,
        want: frozenset[str] = frozenset(),
        label: Tensor | None = None,  # noqa: ARG002 - it knows no classes
    ) -> Judged:
        """Judge pictures.

        Args:
            painted: pictures (B, C, H, W) in [-1, 1] and their scales, one for each coarser size of the table.
            want: "features" for the map before the last layers.

        Returns:
            One head of logits (B,).
        """
        x = self.stem(painted.picture)
        for halving, picture in zip(self.halvings, painted.scales, strict=True):
            x = torch.cat((halving(x), picture), dim=1)
        # full precision: the losses compare logits, and half precision ties them
        logits = full_precision(self.head(self.ending(x).flatten(1))).flatten()
        return Judged([logits], {"last": x} if "features" in want else {})


def _halving(inputs: int, channels: int, outputs: int, config: MSGConfig) -> nn.Sequential:
    return nn.Sequential(
        MinibatchStddev(config.minibatch_stddev),
        *_convolution(inputs + 1, channels, 3),
        *_convolution(channels, outputs, 3),
        # rounds up, as the table of resolutions does
        nn.AvgPool2d(2, ceil_mode=True),
    )


def _convolution(
    inputs: int, outputs: int, kernel: int | tuple[int, int], *, padded: bool = True
) -> tuple[nn.Module, nn.Module]:
    """A convolution that keeps the variance through its LeakyReLU (K. He et al., 2015), no bias at first."""
    layer = nn.Conv2d(inputs, outputs, kernel, padding="same" if padded else "valid")
    nn.init.kaiming_normal_(layer.weight, _SLOPE)
    nn.init.zeros_(layer.get_parameter("bias"))
    return layer, nn.LeakyReLU(_SLOPE, inplace=True)
