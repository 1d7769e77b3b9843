"""The nearest training picture of each picture: what shows a generator that learned the folder by heart."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from artgen.quality.bootstrap import Measure, resampled
from artgen.quality.diversity import distances

_COPY = 0.005
"""Nearer than this, of vectors of length 2, are copies alone: `distances` sees them as up to 0.003 apart."""


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


def nearest_other(vectors: Tensor, among: Tensor | None = None, *, copies: bool = False) -> Nearest:
    """The nearest of other pictures (leave one out); copies of a picture are none of the others.

    Args:
        among: the same pictures, and behind them others that belong to one each, such as their mirror images, in the same
            order: a picture's own are left out. By default the same pictures alone.
        copies: they are others too.

    Shape:
        (N, d) and (K N, d), N at least 2
    """
    among = vectors if among is None else among
    pairs = distances(vectors, among)
    for first in range(0, len(among), len(vectors)):
        pairs[:, first : first + len(vectors)].fill_diagonal_(torch.inf)
    if not copies:
        pairs.masked_fill_(pairs < _COPY, torch.inf)
    return _nearest(vectors, among, pairs)


def _nearest(vectors: Tensor, among: Tensor, pairs: Tensor) -> Nearest:
    index = pairs.argmin(dim=1)
    return Nearest(index, (vectors - among[index]).double().norm(dim=1))
