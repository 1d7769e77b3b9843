"""What tells early whether a training goes wrong: sameness of the pictures, and a discriminator far ahead.

Both are running means on the device, a function of the steps alone: nothing waits for them but a checkpoint, and a
resumed run sees what an uninterrupted one sees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from artgen.engine.step import Step
from artgen.layers.full_precision import full_precision

COLLAPSED_BELOW = 0.1
"""Diversity of painted thumbnails over that of real ones. Healthy trainings stay above 0.5 after their first steps."""
VARIED_ABOVE = 0.2
"""From here on a generator has begun to paint different pictures, and has something to lose."""
HELD_ABOVE = 0.5
"""Share of the most diversity so far above which a collapse has hardly begun."""
AHEAD_ABOVE = 0.995
"""Mean sign of D(real) - D(painted) over pairs; 1 says that the discriminator is never mistaken."""
_THUMBNAIL_PX = 8
_MEMORY_STEPS = 100
_FEWEST_STEPS = 50
_BEGUN_BY_STEPS = 500
_ALL_ONE = 1e-6
"""Variances below are rounding."""

Wrong = Literal["collapse", "no start", "ahead"]


@dataclass(frozen=True)
class Finding:
    """Something that goes wrong, and in words what was seen."""

    wrong: Wrong
    text: str


class Watch:
    """Running means over about the last hundred steps.

    - ``diversity``: variance of 8×8 thumbnails over a batch, painted over real; from their means and mean squares, which
      add up over micro-batches and processes.
      ``widest`` is the most of it so far: one that starts slowly is alike for long, and loses nothing by it.
    - ``ahead``: mean sign of D(real) - D(painted) over pairs, which no offset of the logits changes.
    - ``sign_real``, ``sign_fake``: mean sign of either; the first is what adaptive augmentation steers.
    """

    NAMES = ("variance_real", "variance_fake", "ahead", "sign_real", "sign_fake")
    _SIGNS = 3

    def __init__(self, device: torch.device) -> None:
        self.means = torch.zeros(len(self.NAMES), device=device)
        self.widest = torch.zeros((), device=device)
        self.steps = 0

    @torch.no_grad()
    def look(self, step: Step, real: Sequence[Tensor], fake: Sequence[Tensor]) -> Tensor:
        """What one discriminator's phase shows of some pictures: means, which of the whole batch are theirs weighted.

        Args:
            step: that phase.
            real: logits of the real pictures, head by head, counted from the undecided one. Likewise `fake`.
        """
        signs = (
            _mean([(r - f).sign() for r, f in zip(real, fake, strict=True)]),
            _mean([logits.sign() for logits in real]),
            _mean([logits.sign() for logits in fake]),
        )
        return torch.cat((*map(_moments, (step.real, step.fake.picture)), torch.stack(signs)))

    @torch.no_grad()
    def take_in(self, seen: Tensor) -> None:
        """Count what a step showed of all its pictures."""
        self.steps += 1
        moments, signs = seen[: -self._SIGNS].view(2, 2, -1), seen[-self._SIGNS :]
        variances = (moments[:, 1] - moments[:, 0].square()).mean(dim=1)
        self.means.lerp_(torch.cat((variances, signs)).to(self.means.dtype), 1 / min(self.steps, _MEMORY_STEPS))
        if self.steps >= _FEWEST_STEPS:
            self.widest = torch.maximum(self.widest, self.numbers()["guard/diversity"])

    def numbers(self) -> dict[str, Tensor]:
        """What goes into the metrics; nothing before the first look."""
        if not self.steps:
            return {}
        variance_real, variance_fake, ahead, sign_real, sign_fake = self.means
        compared = (variance_fake / variance_real.clamp_min(_ALL_ONE)).sqrt()
        return {
            # pictures that come one at a time vary nowhere, and say nothing
            "guard/diversity": torch.where(variance_real > _ALL_ONE, compared, 1.0),
            "guard/ahead": ahead,
            "discriminator/sign_real": sign_real,
            "discriminator/sign_fake": sign_fake,
        }

    def varied(self) -> bool:
        """Whether the pictures vary, and not much less than they once did; waits for the device."""
        diversity = float(self.numbers().get("guard/diversity", 0.0))
        return diversity > VARIED_ABOVE and diversity > HELD_ABOVE * float(self.widest)

    def finding(self) -> Finding | None:
        """What goes wrong, if anything; waits for the device."""
        if self.steps < _FEWEST_STEPS:
            return None
        numbers = {name: float(value) for name, value in self.numbers().items()}
        diversity = numbers["guard/diversity"]
        alike = diversity < COLLAPSED_BELOW
        vary = f"they vary {diversity:.0%} as much as the real"
        if alike and float(self.widest) > VARIED_ABOVE:
            return Finding("collapse", f"the pictures have all but become one ({vary})")
        if numbers["guard/ahead"] > AHEAD_ABOVE:
            return Finding("ahead", "the discriminator is never mistaken any more, so the generator learns little")
        if alike and self.steps >= _BEGUN_BY_STEPS:
            return Finding("no start", f"the pictures are all but one still, after {self.steps} steps ({vary})")
        return None

    def state_dict(self) -> dict[str, Tensor | int]:
        """For the checkpoint."""
        return {"means": self.means, "widest": self.widest, "steps": self.steps}

    def load_state_dict(self, state: dict[str, Tensor | int]) -> None:
        """From the checkpoint."""
        self.means.copy_(torch.as_tensor(state["means"]))
        self.widest.copy_(torch.as_tensor(state.get("widest", 0.0)))
        self.steps = int(state["steps"])


def _moments(pictures: Tensor) -> Tensor:
    """The means over pictures of each number of their thumbnails, then those of its square."""
    thumbnails = F.adaptive_avg_pool2d(full_precision(pictures), _THUMBNAIL_PX).flatten(1)
    return torch.cat((thumbnails.mean(dim=0), thumbnails.square().mean(dim=0)))


def _mean(heads: list[Tensor]) -> Tensor:
    return torch.stack([head.mean() for head in heads]).mean()
