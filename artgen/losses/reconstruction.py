"""Self-supervision of the discriminator (B. Liu et al., "Towards faster and stabilized GAN training", 2021)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from artgen.layers.full_precision import full_precision
from artgen.losses.config import ReconstructionConfig
from artgen.losses.distances import DISTANCES

if TYPE_CHECKING:
    from artgen.engine.step import Step

_QUADRANT = "quadrant-"


class Reconstruction:
    """Small pictures that the discriminator decodes from its features of real ones, against these; for D only.

    It must keep what a picture consists of, instead of the little that tells a hundred real pictures from painted ones.

    Args:
        config: options.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"discriminator", "decoded"})

    def __init__(self, config: ReconstructionConfig) -> None:
        self.distance = DISTANCES[config.distance]

    def for_generator(self, step: Step) -> None:
        """Nothing."""

    def for_discriminator(self, step: Step) -> Tensor:
        """How far the decoded pictures are from the real ones, as the discriminator sees them."""
        real = step.augmented_real.picture.detach()
        decoded = step.judged_real.decoded
        return torch.stack(
            [self.distance(full_precision(d), _shown(real, name, d)) for name, d in decoded.items()]
        ).mean()


def _shown(real: Tensor, name: str, decoded: Tensor) -> Tensor:
    """What a decoded picture should be: ``whole``, or ``quadrant-0`` to ``-3`` row by row, at its size."""
    if name.startswith(_QUADRANT):
        down, across = divmod(int(name.removeprefix(_QUADRANT)), 2)
        height, width = real.shape[2] // 2, real.shape[3] // 2
        real = real[:, :, down * height : (down + 1) * height, across * width : (across + 1) * width]
    return F.interpolate(real, decoded.shape[2:], mode="area")
