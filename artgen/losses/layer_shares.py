"""How much each layer counts in a loss that looks at several."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def layer_shares(layers: Sequence[str], weights: Sequence[float]) -> dict[str, float]:
    """The share of each layer, in sum 1; all alike where no weights are given, one that is named twice counts twice."""
    weights = weights or [1.0] * len(layers)
    shares = dict.fromkeys(layers, 0.0)
    for layer, weight in zip(layers, weights, strict=True):
        shares[layer] += weight / sum(weights)
    return shares


def relative(distance: Tensor, size: Tensor) -> Tensor:
    """A distance in units of what it is measured from, so that layers of large numbers count no more than others."""
    return distance / size.clamp_min(torch.finfo(size.dtype).eps)
