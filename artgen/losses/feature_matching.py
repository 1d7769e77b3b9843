"""Feature matching (T. Salimans et al., "Improved techniques for training GANs", 2016, section 3.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from artgen.layers.full_precision import full_precision
from artgen.losses.config import FeatureMatchingConfig
from artgen.losses.distances import DISTANCES

if TYPE_CHECKING:
    from artgen.engine.step import Step


class FeatureMatching:
    """The batch means of the discriminator's features, painted against real; for the generator only.

    Each feature map counts alike, whatever its size. Where memory is short, the means are those of fewer pictures, which
    differ more from each other by chance.

    Args:
        config: options.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"discriminator", "features"})

    def __init__(self, config: FeatureMatchingConfig) -> None:
        self.distance = DISTANCES[config.distance]

    def for_discriminator(self, step: Step) -> None:
        """Nothing."""

    def for_generator(self, step: Step) -> Tensor:
        """How far the painted pictures' mean features are from the real ones'."""
        real, fake = step.judged_real.features, step.judged_fake.features
        # the mean difference is the difference of the means, and asks other processes but once
        gaps = [step.mean(full_precision(fake[name]) - full_precision(real[name]).detach()) for name in real]
        return torch.stack([self.distance(gap, torch.zeros_like(gap)) for gap in gaps]).mean()
