"""R2: small slopes at painted pictures (L. Mescheder et al., "Which training methods for GANs do actually converge?")."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from torch import Tensor

from artgen.losses.config import R2Config
from artgen.losses.gamma import resolved_gamma
from artgen.losses.slopes import squared_slopes

if TYPE_CHECKING:
    from artgen.engine.step import Step


class R2:
    """gamma / 2 times the squared gradient of D at painted pictures, as D sees them; for the discriminator only.

    Beside R1 it is what the relativistic loss needs to converge: N. Huang et al., "The GAN is dead; long live the GAN!
    A modern GAN baseline", 2024.

    Args:
        config: options.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"discriminator", "fake-gradient"})

    def __init__(self, config: R2Config) -> None:
        self.config = config

    def for_generator(self, step: Step) -> None:
        """Nothing."""

    def for_discriminator(self, step: Step) -> Tensor:
        """What its slopes at painted pictures cost the discriminator."""
        pictures = step.augmented_fake
        slopes = squared_slopes(step.judged_fake.logits, pictures)
        return slopes.mean() * (resolved_gamma(self.config.gamma, pictures.picture) / 2)
