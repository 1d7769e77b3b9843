"""The relativistic game (A. Jolicoeur-Martineau, "The relativistic discriminator", 2018), in its pairing form."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import torch.nn.functional as F
from torch import Tensor

from artgen.losses.adversarial import mean_over_heads
from artgen.losses.config import RelativisticConfig

if TYPE_CHECKING:
    from artgen.engine.step import Step


class Relativistic:
    """The discriminator tells which of a pair is real; the generator paints the one that looks more real.

    Only differences of judgements count, so that no single kind of picture can be given up by both: the reason why
    N. Huang et al., "The GAN is dead; long live the GAN! A modern GAN baseline", 2024, chose it. It needs `r1` and `r2`
    beside it, at every step, to converge.

    Args:
        config: options.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"discriminator"})
    undecided: ClassVar[None] = None

    def __init__(self, config: RelativisticConfig) -> None:
        self.config = config

    def for_generator(self, step: Step) -> Tensor:
        """What it costs the generator that real pictures look more real than its own."""
        return mean_over_heads(_leads(step), F.softplus)

    def for_discriminator(self, step: Step) -> Tensor:
        """What it costs the discriminator that painted pictures look more real to it."""
        return mean_over_heads(_leads(step), lambda lead: F.softplus(-lead))


def _leads(step: Step) -> list[Tensor]:
    """D(real) - D(painted), pair by pair, head by head."""
    heads = zip(step.judged_real.logits, step.judged_fake.logits, strict=True)
    return [real - fake for real, fake in heads]
