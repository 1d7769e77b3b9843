"""The order in which a pen draws: from each stroke on to the nearest that is left, from whichever end is nearer."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np

from artgen_halftone.lines import Stroke

_A_CELL = 2
"""Ends of strokes in a cell of the grid that is searched, about."""


def in_order(strokes: Sequence[Stroke]) -> list[Stroke]:
    """The same strokes, some of them the other way round."""
    if len(strokes) < 2:
        return list(strokes)
    ends = np.array([(stroke.points[0], stroke.points[-1]) for stroke in strokes])  # (n, 2 ends, 2)
    flat = ends.reshape(-1, 2)
    low, high = flat.min(0), flat.max(0)
    cell = max(1e-6, math.sqrt(float(np.prod(high - low + 1e-6)) / len(strokes) * _A_CELL))
    cells: dict[tuple[int, int], set[int]] = {}
    places = [(int(column), int(row)) for column, row in ((flat - low) / cell).astype(int)]
    for number, place in enumerate(places):
        cells.setdefault(place, set()).add(number)
    furthest = int(max(high - low) / cell) + 2
    x, y = flat[:, 0].tolist(), flat[:, 1].tolist()
    order, here = [], (float(low[0]), float(low[1]))
    for _ in strokes:
        middle = (int((here[0] - low[0]) / cell), int((here[1] - low[1]) / cell))
        best, nearest = -1, math.inf
        for ring in range(furthest + 1):
            if (ring - 1) * cell > math.sqrt(nearest):
                break
            for place in _ring(middle, ring):
                for end in cells.get(place, ()):
                    distance = (x[end] - here[0]) ** 2 + (y[end] - here[1]) ** 2
                    if distance < nearest or (distance == nearest and end < best):
                        best, nearest = end, distance
        stroke, reverse = divmod(best, 2)
        for end in (2 * stroke, 2 * stroke + 1):
            cells[places[end]].discard(end)
        points = strokes[stroke].points
        order.append(Stroke(points[::-1] if reverse else points, strokes[stroke].radius))
        last = 2 * stroke if reverse else 2 * stroke + 1
        here = (x[last], y[last])
    return order


def travelled(strokes: Sequence[Stroke]) -> float:
    """How far the lifted pen goes, in mm."""
    return sum(float(np.hypot(*(after.points[0] - before.points[-1]))) for before, after in itertools.pairwise(strokes))


def _ring(middle: tuple[int, int], ring: int) -> Iterator[tuple[int, int]]:
    """The cells whose larger distance from the middle is `ring`."""
    column, row = middle
    if ring == 0:
        yield middle
        return
    for step in range(-ring, ring + 1):
        yield column + step, row - ring
        yield column + step, row + ring
    for step in range(-ring + 1, ring):
        yield column - ring, row + step
        yield column + ring, row + step
