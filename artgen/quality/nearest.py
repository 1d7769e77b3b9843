"""The nearest training picture of each picture: what shows a generator that learned the folder by heart."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from artgen.quality.bootstrap import Measure, resampled
from artgen.quality.diversity import distances


@dataclass(frozen=True)
class Nearest:
    """For each picture the nearest of the others.

    Attributes:
        index: (N,), which it is.
        distance: (N,), float64, how far it is.
    """

    index: Tensor
    distance: Tensor

    def mean(self) -> Measure:
        """The mean distance."""
        count = len(self.distance)
        return resampled(self.distance.mean().item(), lambda counts: counts @ self.distance / count, count)


def nearest(vectors: Tensor, among: Tensor) -> Nearest:
    """The nearest of `among` for each of `vectors`; distances are exact, 0 for a copy.

    Shape:
        (N, d) and (M, d)
    """
    return _nearest(vectors, among, distances(vectors, among))


def nearest_other(vectors: Tensor) -> Nearest:
    """The nearest other picture of the same set (leave one out).

    Shape:
        (N, d), N at least 2
    """
    return _nearest(vectors, vectors, distances(vectors, vectors).fill_diagonal_(torch.inf))


def _nearest(vectors: Tensor, among: Tensor, pairs: Tensor) -> Nearest:
    index = pairs.argmin(dim=1)
    return Nearest(index, (vectors - among[index]).double().norm(dim=1))
