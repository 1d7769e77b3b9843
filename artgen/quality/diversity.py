"""How much pictures differ from each other: a generator that paints one picture has none."""

from __future__ import annotations

import torch
from torch import Tensor

from artgen.quality.bootstrap import Measure, pair_mean, resampled


def diversity(vectors: Tensor) -> Measure:
    """The mean distance between two different pictures.

    Shape:
        (N, d), N at least 2

    Raises:
        ValueError: fewer than 2 pictures.
    """
    if len(vectors) < 2:
        raise ValueError("the diversity of fewer than 2 pictures is not defined")
    pairs = distances(vectors, vectors)
    value = pair_mean(pairs, torch.ones(1, len(vectors), dtype=torch.float64)).item()
    return resampled(value, lambda counts: pair_mean(pairs, counts), len(vectors))


def distances(x: Tensor, y: Tensor) -> Tensor:
    """(N, M), float64: Euclidean distances by products, good to about 0.003 where two vectors are all but equal."""
    squares = x.double().square().sum(dim=1)[:, None] + y.double().square().sum(dim=1)
    return (squares - 2 * (x @ y.T).double()).clamp_min_(0).sqrt_()
