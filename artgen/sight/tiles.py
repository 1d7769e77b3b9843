"""How a large picture is cut, so that looking at it tile by tile is the same as looking at all of it.

Every tile has a core, and the cores share out all places of every feature map. Around its core a tile sees as much more
as the network's view reaches, except at the picture's own border, where the network sees its own padding as always.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """The rows, or the columns, of a tile in pixels; begins are multiples of every stride in use.

    Attributes:
        begin, end: of the core.
        seen_from, seen_to: of all that the tile sees.
    """

    begin: int
    end: int
    seen_from: int
    seen_to: int

    @property
    def seen(self) -> slice:
        """What the tile sees of the picture."""
        return slice(self.seen_from, self.seen_to)

    def of_picture(self, stride: int) -> slice:
        """The core in the map of the whole picture."""
        return slice(self.begin // stride, self.end // stride)

    def of_tile(self, stride: int) -> slice:
        """The core in the map of what the tile sees."""
        first = self.seen_from // stride
        return slice(self.begin // stride - first, self.end // stride - first)


@dataclass(frozen=True)
class Tile:
    """A rectangle of a picture."""

    rows: Span
    columns: Span

    @property
    def seen(self) -> tuple[slice, slice]:
        """Rows and columns that the tile sees of the picture."""
        return self.rows.seen, self.columns.seen

    def of_picture(self, stride: int) -> tuple[slice, slice]:
        """The core's rows and columns in the map of the whole picture."""
        return self.rows.of_picture(stride), self.columns.of_picture(stride)

    def of_tile(self, stride: int) -> tuple[slice, slice]:
        """The core's rows and columns in the map of what the tile sees."""
        return self.rows.of_tile(stride), self.columns.of_tile(stride)


def cut(height: int, width: int, tile_px: int, stride: int, halo: int) -> list[Tile]:
    """Tiles whose cores cover a picture once, about alike in size.

    Args:
        tile_px: side of a core at most, as far as `stride` allows.
        stride: of the coarsest map in use; all others divide it.
        halo: pixels that a tile sees around its core; a multiple of `stride`.
    """
    spans = (_spans(length, tile_px, stride, halo) for length in (height, width))
    return [Tile(rows, columns) for rows, columns in itertools.product(*spans)]


def _spans(length: int, tile_px: int, stride: int, halo: int) -> list[Span]:
    # what is left of the last stride is no place of the coarsest map: it goes to the last core
    strides = max(1, length // stride)
    most = max(1, tile_px // stride)
    each = math.ceil(strides / math.ceil(strides / most)) * stride
    begins = range(0, strides * stride, each)
    ends = [*begins[1:], length]
    return [
        Span(begin, end, max(0, begin - halo), min(length, end + halo)) for begin, end in zip(begins, ends, strict=True)
    ]
