"""What a job may say in `[[losses]]`."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from artgen.config import LossConfig, option


class AdversarialConfig(LossConfig):
    """The game of the two networks."""

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
