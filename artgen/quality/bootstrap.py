"""Measured values with the interval that another draw of the same generator's pictures would mostly fall into."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from artgen.seeding import Draws

_RESAMPLES = 200
_SHARE = 0.95


@dataclass(frozen=True)
class Measure:
    """A value and its 95 % bootstrap interval over the painted pictures; the real ones are taken as they are."""

    value: float
    low: float
    high: float

    def __truediv__(self, divisor: float) -> Measure:
        """In another unit."""
        return Measure(self.value / divisor, self.low / divisor, self.high / divisor)

    def __str__(self) -> str:
        return f"{self.value:.4g} ({self.low:.4g}–{self.high:.4g})"


def resampled(value: float, statistic: Callable[[Tensor], Tensor], count: int) -> Measure:
    """A value with its bootstrap interval (B. Efron, 1979), from how often each picture is drawn.

    Counts instead of pictures: what was computed once per picture or pair of pictures is only weighted anew.

    Args:
        value: the statistic of the pictures themselves.
        statistic: counts (R, N), float64, to its value (R,) in each resample.
        count: N, how many pictures there are.
    """
    values = statistic(picture_counts(count, _RESAMPLES))
    values = values[values.isfinite()]  # of a handful of pictures, a resample may be one picture and hold no pair
    # centred on the value: resamples hold pictures twice, which shifts some statistics
    return interval(value, values - values.mean())


def picture_counts(pictures: int, resamples: int) -> Tensor:
    """(resamples, pictures), float64: how often each picture is drawn; always the same numbers."""
    drawn = (Draws(0, "quality/bootstrap", 0, resamples).uniform(pictures) * pictures).long().clamp_max(pictures - 1)
    counts = torch.zeros(resamples, pictures, dtype=torch.float64)
    return counts.scatter_add_(1, drawn, torch.ones_like(counts))


def interval(value: float, deviations: Tensor) -> Measure:
    """A value with the quantiles of deviations from it."""
    tail = (1 - _SHARE) / 2
    low, high = torch.quantile(deviations, deviations.new_tensor([tail, 1 - tail])).tolist()
    return Measure(value, value + low, value + high)


def pair_mean(pairs: Tensor, counts: Tensor) -> Tensor:
    """The mean over pairs of two different pictures, where each picture counts as often as it was drawn.

    A picture drawn twice is no pair with itself: that would be a distance of 0 that no sample has.

    Shape:
        pairs (N, N), counts (R, N) to (R,), all float64
    """
    own = counts.square()
    total = ((counts @ pairs) * counts).sum(dim=1) - own @ pairs.diagonal()
    return total / (counts.sum(dim=1).square() - own.sum(dim=1))
