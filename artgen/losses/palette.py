"""Only a few colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from artgen.backbones.vgg import over_white
from artgen.colours import rgb_of
from artgen.losses.config import PaletteConfig
from artgen.losses.lab import lab

if TYPE_CHECKING:
    from artgen.engine.step import Step

_SOFTNESS = 0.01
"""Of the minimum, in squared distances: colours this much farther than the nearest still pull a third as much."""


class Palette:
    """The mean squared distance of pixels from the nearest of some colours.

    Nearest as the eye has it, in L*a*b*: by red, green and blue the green of grass, #64c864, is nearer to gray.

    Args:
        config: options.
    """

    needs: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, config: PaletteConfig) -> None:
        self.colors = torch.tensor([rgb_of(color) for color in config.colors]) / 127.5 - 1

    def for_generator(self, step: Step) -> Tensor:
        """How far the painted pictures are from the colours, (B,)."""
        return distance_to_nearest(over_white(step.fake.picture), self.colors)

    def for_discriminator(self, step: Step) -> None:
        """Nothing."""


def distance_to_nearest(pictures: Tensor, colors: Tensor) -> Tensor:
    """The mean over pixels of the squared distance to the nearest colour, 1 being that of black from white.

    The minimum is soft, so that the slope turns gradually halfway between two colours; there it is less than the
    distance by at most `_SOFTNESS` times the logarithm of their number.

    Shape:
        (B, 3, H, W) in [-1, 1] and (K, 3) likewise to (B,)
    """
    targets = lab(colors.to(pictures)[:, :, None, None])
    squared = (lab(pictures)[:, None] - targets).square().sum(dim=2)
    return -_SOFTNESS * torch.logsumexp(squared / -_SOFTNESS, dim=1).mean(dim=(1, 2))
