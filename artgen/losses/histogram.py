"""Colours in the amounts that a style has them, by their soft histograms."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from artgen.losses.config import HistogramConfig
from artgen.losses.layer_shares import relative
from artgen.losses.place_sums import mean
from artgen.sight.views import PICTURE, Sums, View

if TYPE_CHECKING:
    from artgen.engine.step import Step

_LEVELS = 64
_AXES = (
    *((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    *((1 / 3, 1 / 3, 1 / 3), (-1 / 3, 1 / 3, 1 / 3), (1 / 3, -1 / 3, 1 / 3), (1 / 3, 1 / 3, -1 / 3)),
)
"""Red, green and blue, and the diagonals of their cube: by channels alone, half red and half cyan is black and white."""


class Histogram:
    """Σ ∫ (F - G)² / Σ ∫ G (1 - G) over axes through the colours: the squared distance of L. Cramér, 1928.

    F and G are the cumulative distributions of the picture and of the style along an axis. The slope draws a colour
    that is too frequent toward rarer ones from however far, and what it is divided by is how much the style's own
    colours differ.

    Args:
        config: options.
    """

    needs: ClassVar[frozenset[str]] = frozenset()
    layers: tuple[str, ...] = (PICTURE,)

    def __init__(self, config: HistogramConfig) -> None:
        self.config = config

    def sums(self, view: View) -> Sums:
        """How many places have each level on each axis, (B, axes, levels)."""
        return {"counts": _counts(view.features[PICTURE], view.weights.get(PICTURE))}

    def statistics(self, sums: Sums) -> Sums:
        """The share of the places up to each level, (B, axes, levels)."""
        counts = sums["counts"]
        return {"shares": mean(counts.cumsum(dim=2), counts[:, 0].sum(dim=1))}

    def prepared(self, style: Sums) -> Sums:
        """The shares as they are."""
        return style

    def value(self, statistics: Sums, style: Sums) -> Tensor:
        """The distance of each picture from its style, (B,)."""
        shares, target = statistics["shares"], style["shares"]
        gap = (shares - target).square().sum(dim=(1, 2))
        # a style of one colour differs nowhere: its size is one level on each axis
        size = (target * (1 - target)).sum(dim=(1, 2)).clamp_min(len(_AXES))
        return relative(gap, size)

    def for_generator(self, step: Step) -> Tensor:
        """How far the painted pictures are from their style, (B,)."""
        return step.compare(self)

    def for_discriminator(self, step: Step) -> None:
        """Nothing."""


def _counts(pictures: Tensor, weights: Tensor | None) -> Tensor:
    """Each place counts at the two levels beside its value, by how near it is to each.

    Shape:
        (B, 3, H, W) in [-1, 1] and (B, 1, H, W) to (B, axes, levels)
    """
    values = torch.einsum("ac,bchw->bahw", pictures.new_tensor(_AXES), pictures)
    position = ((values + 1) * ((_LEVELS - 1) / 2)).clamp(0, _LEVELS - 1)
    below = position.detach().floor().clamp_max(_LEVELS - 2)
    weights = torch.ones_like(pictures[:, :1]) if weights is None else weights
    upper = (position - below) * weights
    index = below.long()
    # row by row, then the rows: in float32 a count of millions would no longer grow
    rows = upper.new_zeros(*upper.shape[:3], _LEVELS)
    rows = rows.scatter_add(3, index, weights - upper).scatter_add(3, index + 1, upper)
    return rows.sum(dim=2)
