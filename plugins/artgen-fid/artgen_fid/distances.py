"""FID and KID of two sets of features, in float64."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

_SEED = 2020
"""Of the draws, torch-fidelity's own: both take the same pictures."""


@dataclass(frozen=True)
class Kid:
    """The mean over some draws and the standard deviation between them.

    Attributes:
        subset_size: pictures of a draw.
    """

    mean: float
    std: float
    subsets: int
    subset_size: int


def frechet(real: Tensor, fake: Tensor) -> float:
    """|μ₁ - μ₂|² + Tr(Σ₁ + Σ₂ - 2 (Σ₁ Σ₂)^½) (M. Heusel et al., "GANs Trained by a Two Time-Scale Update", 2017).

    Σ = XᵀX of the centred rows X over √(N-1), and Tr (Σ₁ Σ₂)^½ is the sum of the singular values of X Yᵀ. Rows beyond
    the number of features are folded into a triangle with the same XᵀX, which is small whatever N is.

    Shape:
        (N, d) and (M, d), N and M at least 2
    """
    x, y = real.double(), fake.double()
    shift = y.mean(dim=0) - x.mean(dim=0)
    x, y = _centred(x), _centred(y)
    shared = torch.linalg.svdvals(x @ y.T).sum()
    return float(shift.square().sum() + x.square().sum() + y.square().sum() - 2 * shared)


def kernel(real: Tensor, fake: Tensor, *, subsets: int, subset_size: int) -> Kid:
    """The squared maximum mean discrepancy under (x·y / d + 1)³ (M. Bińkowski et al., "Demystifying MMD GANs", 2018).

    Args:
        subset_size: at most; of fewer pictures a draw takes nine tenths, since draws of all would not differ.

    Shape:
        (N, d) and (M, d), N and M at least 2
    """
    fewest = min(len(real), len(fake))
    size = subset_size if fewest > subset_size else max(2, fewest * 9 // 10)
    draws = np.random.RandomState(_SEED)
    values = []
    for _ in range(subsets):
        x = real[torch.from_numpy(draws.choice(len(real), size, replace=False))].double()
        y = fake[torch.from_numpy(draws.choice(len(fake), size, replace=False))].double()
        pairs = size * (size - 1)
        among_x, among_y, between = _cubes(x, x), _cubes(y, y), _cubes(x, y)
        own = among_x.trace() + among_y.trace()
        values.append((among_x.sum() + among_y.sum() - own) / pairs - 2 * between.mean())
    found = torch.stack(values)
    return Kid(found.mean().item(), found.std(correction=0).item(), subsets, size)


def _centred(x: Tensor) -> Tensor:
    """Rows whose products with themselves are the covariance; at most as many as there are features."""
    centred: Tensor = (x - x.mean(dim=0)) / (len(x) - 1) ** 0.5
    if len(x) <= x.shape[1]:
        return centred
    triangle: Tensor = torch.linalg.qr(centred, mode="r").R
    return triangle


def _cubes(x: Tensor, y: Tensor) -> Tensor:
    return torch.pow(x @ y.T / x.shape[1] + 1, 3)
