"""Kernel distance between two sets of pictures (M. Bińkowski et al., "Demystifying MMD GANs", 2018)."""

from __future__ import annotations

import torch
from torch import Tensor

from artgen.quality.bootstrap import Measure, pair_mean, resampled

_SCALE = 250.0
"""Brings the products of these feature vectors to the size that the cubic kernel was made for."""


def kernel_distance(real: Tensor, fake: Tensor) -> Measure:
    """The unbiased estimate of the squared maximum mean discrepancy under the kernel (250 x·y / d + 1)³.

    Its mean is 0 for two samples of one distribution, so that it may be slightly negative.

    Shape:
        (N, d) and (M, d), N and M at least 2

    Raises:
        ValueError: a set has fewer than 2 pictures.
    """
    if min(len(real), len(fake)) < 2:
        raise ValueError("a kernel distance needs at least 2 pictures on either side")
    among_real = pair_mean(_kernel(real, real), torch.ones(1, len(real), dtype=torch.float64))
    among_fake = _kernel(fake, fake)
    to_real = _kernel(fake, real).mean(dim=1)

    def statistic(counts: Tensor) -> Tensor:
        return among_real + pair_mean(among_fake, counts) - 2 * (counts @ to_real) / counts.sum(dim=1)

    value = statistic(torch.ones(1, len(fake), dtype=torch.float64)).item()
    return resampled(value, statistic, len(fake))


def _kernel(x: Tensor, y: Tensor) -> Tensor:
    """(N, M); products in float32, from then on float64, since small differences of large sums are wanted."""
    return ((x @ y.T).double() * (_SCALE / x.shape[1]) + 1) ** 3
