"""R1: small slopes at real pictures (L. Mescheder et al., "Which training methods for GANs do actually converge?", 2018)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from torch import Tensor

from artgen.losses.config import R1Config
from artgen.losses.gamma import resolved_gamma
from artgen.losses.slopes import squared_slopes

if TYPE_CHECKING:
    from artgen.engine.step import Step


class R1:
    """gamma / 2 times the squared gradient of D at real pictures, as D sees them; for the discriminator only.

    Args:
        config: options.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"discriminator", "real-gradient"})

    def __init__(self, config: R1Config) -> None:
        self.config = config

    def for_generator(self, step: Step) -> None:
        """Nothing."""

    def for_discriminator(self, step: Step) -> Tensor:
        """What its slopes at real pictures cost the discriminator."""
        pictures = step.augmented_real
        slopes = squared_slopes(step.judged_real.logits, pictures)
        return slopes.mean() * (resolved_gamma(self.config.gamma, pictures.picture) / 2)
