"""The formulas, against the same written down otherwise."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from artgen_fid.distances import frechet, kernel


@pytest.mark.parametrize(("real", "fake", "features"), [(400, 300, 24), (30, 25, 48), (200, 20, 64), (2, 2, 4)])
def test_frechet_is_what_the_definition_says(real: int, fake: int, features: int) -> None:
    chance = np.random.default_rng(real)
    x = chance.standard_normal((real, features)) @ chance.standard_normal((features, features))
    y = 0.7 * chance.standard_normal((fake, features)) + 0.5
    sigma, tau = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    root = np.sqrt(np.linalg.eigvals(sigma @ tau).astype(complex)).sum().real
    shift = x.mean(axis=0) - y.mean(axis=0)
    wanted = shift @ shift + np.trace(sigma) + np.trace(tau) - 2 * root
    assert frechet(torch.from_numpy(x), torch.from_numpy(y)) == pytest.approx(wanted, rel=1e-6)


def test_pictures_are_no_distance_from_themselves_in_any_order() -> None:
    x = torch.randn(50, 16, generator=torch.Generator().manual_seed(0))
    assert frechet(x, x.flip(0)) == pytest.approx(0, abs=1e-9)


def test_kid_is_the_mean_over_draws_of_the_unbiased_estimate() -> None:
    chance = torch.Generator().manual_seed(0)
    x, y = torch.randn(60, 8, generator=chance), torch.randn(50, 8, generator=chance) + 0.3
    found = kernel(x, y, subsets=7, subset_size=40)
    draws = np.random.RandomState(2020)
    values = []
    for _ in range(7):
        a = x.double().numpy()[draws.choice(60, 40, replace=False)]
        b = y.double().numpy()[draws.choice(50, 40, replace=False)]
        k = [(one @ other.T / 8 + 1) ** 3 for one, other in ((a, a), (b, b), (a, b))]
        off = [(m.sum() - np.trace(m)) / (40 * 39) for m in k[:2]]
        values.append(sum(off) - 2 * k[2].mean())
    assert found.mean == pytest.approx(np.mean(values), rel=1e-9)
    assert found.std == pytest.approx(np.std(values), rel=1e-9)
    assert (found.subsets, found.subset_size) == (7, 40)


def test_of_few_pictures_nine_tenths_are_drawn() -> None:
    x = torch.randn(20, 8, generator=torch.Generator().manual_seed(0))
    found = kernel(x, x + 1, subsets=3, subset_size=1000)
    assert found.subset_size == 18
    assert found.std > 0
