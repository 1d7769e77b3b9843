"""The gradient penalty of WGAN-GP (I. Gulrajani et al., "Improved training of Wasserstein GANs", 2017)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from artgen.contracts import Painted
from artgen.losses.config import GradientPenaltyConfig
from artgen.losses.slopes import squared_slopes

if TYPE_CHECKING:
    from artgen.engine.step import Step

_TINY = 1e-12
"""Keeps the square root's own slope finite where D is flat."""


class GradientPenalty:
    """(slope of D - target)² somewhere between each real and painted picture, as D sees them; for D only.

    Args:
        config: options.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"discriminator"})

    def __init__(self, config: GradientPenaltyConfig) -> None:
        self.config = config

    def for_generator(self, step: Step) -> None:
        """Nothing."""

    def for_discriminator(self, step: Step) -> Tensor:
        """What its slopes between the pictures cost the discriminator; a pass of its own."""
        share = step.draws.child("gradient-penalty").uniform(1)[:, :, None, None]
        real, fake = step.augmented_real.detach(), step.augmented_fake.detach()
        between = Painted(
            _between(real.picture, fake.picture, share),
            tuple(_between(a, b, share) for a, b in zip(real.scales, fake.scales, strict=True)),
        )
        judged = step.judge(between, step.real_label)
        slopes = (squared_slopes(judged.logits, between) + _TINY).sqrt()
        return (slopes - self.config.target).square().mean()


def _between(real: Tensor, fake: Tensor, share: Tensor) -> Tensor:
    return torch.lerp(real, fake, share.to(real.dtype)).requires_grad_()
