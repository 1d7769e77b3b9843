"""What a job may say in `[[losses]]`."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from artgen.config import LossConfig, option

Gamma = Annotated[float, Field(ge=0)] | Literal["auto"]
Distance = Literal["l1", "l2"]


class AdversarialConfig(LossConfig):
    """The game of the two networks."""

    adversarial: ClassVar[bool | None] = True

    form: Literal["bce", "non-saturating", "hinge", "least-squares", "wasserstein"] = option("hinge")
    """How judgements become a loss; wasserstein needs a gradient penalty or spectral norm beside it."""
    smoothing: float = option(0.0, ge=0, lt=0.5)
    """Label smoothing, bce only: real pictures count as 1 - smoothing."""
    two_sided: bool = option(False)
    """With smoothing: painted pictures count as smoothing instead of 0 too."""

    @model_validator(mode="after")
    def _smoothing_needs_labels(self) -> Self:
        if self.smoothing and self.form != "bce":
            raise ValueError(f'smoothing changes labels, which only form = "bce" has; form is "{self.form}"')
        if self.two_sided and not self.smoothing:
            raise ValueError("two_sided changes nothing while smoothing is 0; try smoothing = 0.1")
        return self


class TotalVariationConfig(LossConfig):
    """Smoother pictures."""

    weight: float = option(0.1, ge=0)
    """What the loss is multiplied by; the same weight means the same at any size."""


class RelativisticConfig(LossConfig):
    """The game of the two networks, in pairs: is this real picture more real than this painted one?"""

    adversarial: ClassVar[bool | None] = True


class R1Config(LossConfig):
    """A calmer discriminator: small slopes at real pictures."""

    gamma: Gamma = option("auto")
    """How strongly; auto follows the picture's size. Larger is steadier and less diverse; try 4 times or a quarter."""
    every: int = option(16, ge=1)
    """Compute it every n-th step only, with n times its weight."""


class R2Config(LossConfig):
    """A calmer discriminator: small slopes at painted pictures; stands beside r1."""

    gamma: Gamma = option("auto")
    """How strongly; auto follows the picture's size."""
    every: int = option(16, ge=1)
    """Compute it every n-th step only, with n times its weight."""


class GradientPenaltyConfig(LossConfig):
    """A discriminator whose slope between real and painted pictures is held at one number."""

    weight: float = option(10.0, ge=0)
    """What the loss is multiplied by."""
    target: float = option(1.0, ge=0)
    """The slope wanted; 1 goes with the wasserstein form, 0 is calmer with any."""


class PathLengthConfig(LossConfig):
    """An even latent space: a step of one size in w changes pictures by as much everywhere."""

    requires: ClassVar[frozenset[str]] = frozenset({"mapping"})

    weight: float = option(2.0, ge=0)
    """What the loss is multiplied by."""
    every: int = option(4, ge=1)
    """Compute it every n-th step only, with n times its weight."""
    share: float = option(0.5, gt=0, le=1)
    """Pictures painted for it, as a share of the batch."""
    decay: float = option(0.01, gt=0, le=1)
    """How fast the mean length follows."""


class FeatureMatchingConfig(LossConfig):
    """Painted pictures whose features, as the discriminator sees them, are on average those of real ones."""

    requires: ClassVar[frozenset[str]] = frozenset({"features"})

    distance: Distance = option("l1")
    """How means are compared: l1 is the mean difference, l2 its mean square."""


class ReconstructionConfig(LossConfig):
    """A discriminator that must know real pictures well enough to paint them from its features."""

    requires: ClassVar[frozenset[str]] = frozenset({"decoded"})

    distance: Distance = option("l1")
    """How pictures are compared: l1 is the mean difference, l2 its mean square."""
