"""Precision and recall (T. Kynkäänniemi et al., "Improved Precision and Recall Metric", 2019).

Each set is taken to fill the balls around its pictures, each ball as wide as the distance to its picture's third
nearest other one.
"""

from __future__ import annotations

from torch import Tensor

from artgen.quality.bootstrap import Measure, resampled
from artgen.quality.diversity import distances

_NEIGHBOURS = 3


def radii(vectors: Tensor) -> Tensor:
    """The distance of each picture to the third nearest other one; of fewer than four pictures, to the farthest.

    Shape:
        (N, d), N at least 2, to (N,), float64
    """
    others = distances(vectors, vectors).fill_diagonal_(float("inf"))
    return others.kthvalue(min(_NEIGHBOURS, len(vectors) - 1), dim=1).values


def precision_and_recall(to_real: Tensor, real_radii: Tensor, fake_radii: Tensor) -> tuple[Measure, Measure]:
    """The share of painted pictures among the real ones, and the share of real pictures among the painted ones.

    Precision falls when pictures are bad, recall when kinds of pictures are missing. Pictures from the same source as
    the real ones have no 1 in either: 1,000 emoji have 0.85 and 0.85 against 871 others, 50 of them about the same.

    Shape:
        distances (M, N) of M painted to N real pictures, (N,), (M,)
    """
    within_real = (to_real <= real_radii).any(dim=1).double()
    around_real = (to_real <= fake_radii[:, None]).double()
    count = len(to_real)
    precision = resampled(within_real.mean().item(), lambda counts: counts @ within_real / count, count)
    # a picture that is not drawn covers nothing; the others keep their radii, or pictures drawn twice would have none
    covered = around_real.any(dim=0).double().mean().item()
    recall = resampled(covered, lambda counts: (counts @ around_real > 0).double().mean(dim=1), count)
    return _share(precision), _share(recall)


def _share(measure: Measure) -> Measure:
    return Measure(measure.value, max(measure.low, 0.0), min(measure.high, 1.0))
