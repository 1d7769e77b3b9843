"""The ratio of two costs from interleaved pairs, with its interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np


def interleaved(
    ours: Callable[[], float], theirs: Callable[[], float], pairs: int
) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """The costs of both in each pair; who goes first alternates, so that a drift of the machine cancels."""
    costs: list[tuple[float, float]] = []
    for pair in range(pairs):
        if pair % 2:
            theirs_cost = theirs()
            costs.append((ours(), theirs_cost))
        else:
            ours_cost = ours()
            costs.append((ours_cost, theirs()))
    table = np.array(costs)
    return table[:, 0], table[:, 1]


def interval(ratios: Sequence[float] | np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[float, float, float]:
    """The median and its 95 % interval by 10,000 bootstrap resamples of the pairs."""
    values = np.asarray(ratios, dtype=np.float64)
    picks = np.random.default_rng(0).integers(0, len(values), (10_000, len(values)))
    medians = np.median(values[picks], axis=1)
    low, high = np.quantile(medians, (0.025, 0.975))
    return float(np.median(values)), float(low), float(high)


def told(ratios: Sequence[float] | np.ndarray[tuple[int], np.dtype[np.float64]], target: str) -> str:
    """One line: ratio, interval, target."""
    median, low, high = interval(ratios)
    return f"ratio {median:.3f}  [{low:.3f}, {high:.3f}] from {len(ratios)} pairs  (target {target})"
