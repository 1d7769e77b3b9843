"""FastGAN's discriminator, for any width and height.

Source: B. Liu et al., "Towards faster and stabilized GAN training for high-fidelity few-shot image synthesis", 2021.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from artgen.contracts import Judged, Painted, PictureShape
from artgen.discriminators.config import LightweightConfig
from artgen.layers.full_precision import full_precision
from artgen.layers.gated import Gated
from artgen.layers.premultiplied import premultiplied
from artgen.layers.resize import ResizeConv2d
from artgen.layers.resolutions import resolutions
from artgen.layers.skip_excitation import SkipExcitation
from artgen.layers.spectral_norm import spectrally_normalised

_SLOPE = 0.2
_COARSEST = 16
"""Channels of the coarsest grid of the table, in widths; the network ends one grid before it."""
_SKIPPED = 3
"""How many halvings lie between a grid and the one whose channels it weights."""
_DECODER_WIDTHS = (2, 1, 1, 1 / 2)
"""Channels after each doubling of a decoder, in widths; the paper's decodes 128 pixels from 8."""
_PATCH_PX = 4
"""Side of what the last layer judges at a time on the coarsest grid."""
_INITIAL_STD = 0.02


class Lightweight(nn.Module):
    """Halve the grid by two paths at once until it is about 8 on its shorter side, then judge every patch of it.

    Two small decoders paint the picture again from the features, the whole of it coarsely and a quarter finely: a
    loss on these teaches the discriminator what a picture is made of when there are few pictures to learn it from.

    Args:
        config: options.
        shape: of the pictures.
    """

    def __init__(self, config: LightweightConfig, shape: PictureShape) -> None:
        super().__init__()
        grids = resolutions(shape, width=1)
        channels = [max(1, _COARSEST * config.width >> level) for level in range(len(grids) - 1, 0, -1)]
        # named by the side they put out, so that a network for larger pictures has the same ones and more
        sides = [str(min(grid.height, grid.width)) for grid in reversed(grids[1:])]
        self.stem = nn.Sequential(*_convolution(shape.channels, channels[0], 3, config, padding=1, normed=False))
        self.halvings = nn.ModuleDict(
            {
                side: _Halving(fine, coarse, config)
                for side, (fine, coarse) in zip(sides[1:], pairwise(channels), strict=True)
            }
        )
        self.skips = nn.ModuleDict(
            {
                side: SkipExcitation(fine, coarse)
                for side, fine, coarse in zip(sides[_SKIPPED:], channels, channels[_SKIPPED:], strict=False)
            }
        )
        judge = nn.Conv2d(channels[-1], 1, _PATCH_PX)
        # never normalised: how far real and painted pictures are told apart is the head's to learn
        nn.init.normal_(judge.weight, 0.0, _INITIAL_STD)
        self.head = nn.Sequential(*_convolution(channels[-1], channels[-1], 1, config), judge)
        size = (shape.height >> len(self.halvings), shape.width >> len(self.halvings))
        widths = [int(config.width * share) for share in _DECODER_WIDTHS[: len(self.halvings) - 1]]
        self.whole, self.quadrant = (
            _Decoder([inputs, *widths], size, shape.channels) for inputs in (channels[-1], channels[-2])
        )

    @property
    def layers(self) -> list[nn.Module]:
        """What can be frozen, in order from the picture."""
        skipped = {side: [self.skips[side]] if side in self.skips else [] for side in self.halvings}
        halvings = [nn.ModuleList([halving, *skipped[side]]) for side, halving in self.halvings.items()]
        return [self.stem, *halvings, self.head]

    def forward(
        self,
        painted: Painted,
        *,
        want: frozenset[str] = frozenset(),
        label: Tensor | None = None,  # noqa: ARG002 - it knows no classes
    ) -> Judged:
        """Judge pictures.

        Args:
            painted: pictures (B, C, H, W) in [-1, 1].
            want: "features" for the map before the head; "decoded" for the picture as painted again from the
                features: "whole", and one of "quadrant-0" to "quadrant-3" (top left, top right, bottom left, bottom
                right), each (B, C, h, w) in [-1, 1].

        Returns:
            One head of logits (B, 1, h, w), about 5×5 for square pictures.
        """
        maps = [self.stem(painted.picture)]
        for side, halving in self.halvings.items():
            x = halving(maps[-1])
            maps.append(self.skips[side](maps[-_SKIPPED], x) if side in self.skips else x)
        # full precision: the losses compare logits, and half precision ties them
        judged = Judged([full_precision(self.head(maps[-1]))])
        if "features" in want:
            judged.features = {"last": maps[-1]}
        if "decoded" in want:
            # torch's own generator of the processor, which no device has to be waited for
            number = int(torch.randint(4, ()))
            quadrant = self.quadrant(_quadrant(maps[-2], number))
            judged.decoded = {"whole": self.whole(maps[-1]), f"quadrant-{number}": quadrant}
        return judged


class _Halving(nn.Module):
    """Half the grid by strided convolutions and, beside them, by averaging: the mean of both paths."""

    def __init__(self, inputs: int, outputs: int, config: LightweightConfig) -> None:
        super().__init__()
        self.convolved = nn.Sequential(
            *_convolution(inputs, outputs, 4, config, stride=2, padding=1),
            *_convolution(outputs, outputs, 3, config, padding=1),
        )
        self.averaged = nn.Sequential(nn.AvgPool2d(2), *_convolution(inputs, outputs, 1, config))

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) to (B, outputs, H // 2, W // 2)."""
        halved: Tensor = (self.convolved(x) + self.averaged(x)) / 2
        return halved


class _Decoder(nn.Module):
    """Features to a small picture: doubled once per further width.

    Args:
        widths: channels of the features, then after each doubling.
        size: height and width of the features.
        channels: of the picture.
    """

    def __init__(self, widths: list[int], size: tuple[int, int], channels: int) -> None:
        super().__init__()
        doublings = [
            Gated(ResizeConv2d(inputs, 2 * outputs, bias=False), outputs, (size[0] << times, size[1] << times))
            for times, (inputs, outputs) in enumerate(pairwise(widths), 1)
        ]
        to_picture = spectrally_normalised(nn.Conv2d(widths[-1], channels, 3, padding=1))
        self.layers = nn.Sequential(*doublings, to_picture)

    def forward(self, features: Tensor) -> Tensor:
        """(B, widths[0], h, w) to (B, C, h·2ⁿ, w·2ⁿ), premultiplied."""
        return premultiplied(torch.tanh(full_precision(self.layers(features))))


def _convolution(
    inputs: int,
    outputs: int,
    kernel: int,
    config: LightweightConfig,
    *,
    stride: int = 1,
    padding: int = 0,
    normed: bool = True,
) -> list[nn.Module]:
    """A convolution under spectral norm, batch norm where the job wants it and it is not the first, LeakyReLU."""
    batch_norm = config.norm == "batch" and normed
    layer = nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=padding, bias=not batch_norm)
    norm = [nn.BatchNorm2d(outputs)] if batch_norm else []
    return [spectrally_normalised(layer), *norm, nn.LeakyReLU(_SLOPE, inplace=True)]


def _quadrant(x: Tensor, number: int) -> Tensor:
    """A quarter of a map: 0 top left, 1 top right, 2 bottom left, 3 bottom right; an odd middle belongs to none."""
    height, width = x.shape[2] // 2, x.shape[3] // 2
    x = x[:, :, :height] if number < 2 else x[:, :, -height:]
    return x[..., :width] if number % 2 == 0 else x[..., -width:]
