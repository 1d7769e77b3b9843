"""What losses that compare pictures by features are handed: feature maps, whole or of one region of a picture.

A style is matched by statistics, and every statistic here is made of sums over places. Sums of regions add up to the
sum of the whole, so a picture too large for memory is looked at tile by tile and its gradient is still exact: first
the sums of all tiles, then the value and its slope by the sums, then each tile's share of the gradient.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from torch import Tensor

PICTURE = "picture"
"""The name of the layer that is the picture itself, (B, 3, H, W) in [-1, 1], transparency over white."""

Sums = Mapping[str, Tensor]
"""Tensors of (B, …) by name that add up over disjoint regions of a picture; or what is computed from such."""


@dataclass(frozen=True)
class View:
    """Feature maps of B pictures, or of the same region of each.

    Attributes:
        features: by layer, (B, C, h, w).
        content: the same of the pictures that are repainted, without history; empty where no loss asks or there are none.
        weights: by layer, (B, 1, h, w) in 0…1, how much each place counts; empty where all count alike.
    """

    features: Mapping[str, Tensor]
    content: Mapping[str, Tensor] = field(default_factory=dict)
    weights: Mapping[str, Tensor] = field(default_factory=dict)


class ContentLoss(Protocol):
    """Compares pictures with those that they are made from, place by place."""

    layers: tuple[str, ...]
    needs: ClassVar[frozenset[str]]

    def sums(self, view: View) -> Sums:
        """What is added up over the places of a view."""

    def value(self, sums: Sums) -> Tensor:
        """The loss of each picture, (B,), from the sums over all of it."""


class StyleLoss(Protocol):
    """Compares what pictures are like, not where; all that it knows of a style is in `statistics`."""

    layers: tuple[str, ...]
    needs: ClassVar[frozenset[str]]

    def sums(self, view: View) -> Sums:
        """What is added up over the places of a view."""

    def statistics(self, sums: Sums) -> Sums:
        """From sums over a whole picture to what styles are compared by.

        Those of several styles may be averaged, and the mean is again the statistics of a style.
        """

    def prepared(self, style: Sums) -> Sums:
        """Whatever `value` needs of a style's statistics and can be computed once; at least the statistics."""

    def value(self, statistics: Sums, style: Sums) -> Tensor:
        """The distance of each picture from its style, (B,).

        Args:
            statistics: of the pictures.
            style: what `prepared` returned for the style of each picture, stacked.
        """


def value_of(loss: Any, sums: Sums, style: Sums | None) -> Tensor:
    """The value of a loss for each picture, (B,), from its sums over all of it.

    Args:
        loss: a `StyleLoss` or a `ContentLoss`.
        style: what was `prepared` of the style of each picture; None for a content loss.
    """
    value: Tensor = loss.value(sums) if style is None else loss.value(loss.statistics(sums), style)
    return value
