"""Total variation: how much neighbouring pixels differ (L. Rudin, S. Osher, E. Fatemi, 1992; anisotropic form)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from torch import Tensor

from artgen.losses.config import TotalVariationConfig

if TYPE_CHECKING:
    from artgen.engine.step import Step

_UNIT_PX = 256


class TotalVariation:
    """Smoother pictures; for the generator only.

    Args:
        config: options.
    """

    needs: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, config: TotalVariationConfig) -> None:
        self.config = config

    def for_generator(self, step: Step) -> Tensor:
        """The total variation of the painted pictures, (B,)."""
        return total_variation(step.fake.picture)

    def around(self, picture: Tensor) -> Tensor:
        """The same of a picture whose edges meet, (B, C, H, W) to (B,)."""
        across, down = picture.roll(-1, 3), picture.roll(-1, 2)
        differences = (across - picture).abs() + (down - picture).abs()
        return differences.mean(dim=(1, 2, 3)) * (math.sqrt(picture.shape[2] * picture.shape[3]) / _UNIT_PX)

    def for_discriminator(self, step: Step) -> None:
        """Nothing."""


def total_variation(picture: Tensor) -> Tensor:
    """The mean absolute difference to the right and the lower neighbour, per 1/256 of the picture's side.

    A mean over pixels alone would halve when a picture is enlarged twofold, since its edges do not become more; in
    units of the side it stays. At 256×256 it is the plain mean. The side of a picture that is not square is √(H W).

    Shape:
        (B, C, H, W) to (B,)
    """
    channels, height, width = picture.shape[1:]
    across = (picture[..., :, 1:] - picture[..., :, :-1]).abs().sum(dim=(1, 2, 3))
    down = (picture[..., 1:, :] - picture[..., :-1, :]).abs().sum(dim=(1, 2, 3))
    return (across + down) * (math.sqrt(height * width) / (_UNIT_PX * channels * height * width))
