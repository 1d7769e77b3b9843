"""Pictures at another size, large ones in strips, so that only the result need fit into memory.

Lanczos with three lobes, on light itself: sums of numbers as they stand in a file are too dark between dark and bright.
Where a picture is enlarged, what the filter adds beyond its neighbours is taken off again: on a poster of a small
picture these halos would be as wide as a finger.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Box = tuple[float, float, float, float]
Floats = NDArray[np.float32]

_STRIP_PX = 1 << 21
_LOBES = 3


def strips(light: Floats, size: tuple[int, int], box: Box) -> Iterator[tuple[int, Floats]]:
    """A part of a picture at another size, from the top down.

    Args:
        light: (H, W, C) float32, linear, 0…1.
        size: width and height of the result.
        box: left, upper, right and lower of the part, in pixels of the picture; fractions count.

    Returns:
        First row and (rows, width, C) of every strip.
    """
    width, height = size
    left, upper, right, lower = box
    down = (lower - upper) / height
    rows = max(1, _STRIP_PX // width)
    for first in range(0, height, rows):
        last = min(height, first + rows)
        begins, ends = upper + first * down, upper + last * down
        reach = math.ceil(_LOBES * max(1.0, down)) + 1
        seen = slice(max(0, math.floor(begins) - reach), min(len(light), math.ceil(ends) + reach))
        part = light[seen]
        within = (left, begins - seen.start, right, ends - seen.start)
        strip = np.stack([_resized(part[..., one], (width, last - first), within) for one in range(light.shape[2])], -1)
        yield first, _without_halos(strip, part, within)


def squares(picture: NDArray[Any], size: tuple[int, int], box: Box) -> NDArray[Any]:
    """A part of a picture with every pixel as a hard square; as `strips`, whatever the numbers mean."""
    (left, upper, right, lower), (width, height) = box, size
    across = _middles(left, right, width).astype(np.intp).clip(0, picture.shape[1] - 1)
    below = _middles(upper, lower, height).astype(np.intp).clip(0, picture.shape[0] - 1)
    chosen: NDArray[Any] = picture[below[:, None], across]
    return chosen


def _resized(channel: Floats, size: tuple[int, int], box: Box) -> Floats:
    image = Image.fromarray(np.ascontiguousarray(channel))
    return np.asarray(image.resize(size, Image.Resampling.LANCZOS, box), np.float32)


def _without_halos(strip: Floats, part: Floats, box: Box) -> Floats:
    """What is enlarged, nowhere darker or brighter than the four pixels around; what is made smaller, within 0…1."""
    (left, upper, right, lower), (height, width) = box, strip.shape[:2]
    if right - left >= width or lower - upper >= height:
        return strip.clip(0, 1)
    across = _neighbours(_middles(left, right, width), part.shape[1])
    below = _neighbours(_middles(upper, lower, height), part.shape[0])
    corners = [part[rows[:, None], columns] for rows in below for columns in across]
    darkest, brightest = corners[0].copy(), corners[0].copy()
    for corner in corners[1:]:
        np.minimum(darkest, corner, out=darkest)
        np.maximum(brightest, corner, out=brightest)
    return np.clip(strip, darkest, brightest, out=strip)


def _middles(first: float, last: float, count: int) -> NDArray[np.float64]:
    """Where the middles of the new pixels lie, in the old ones."""
    return first + (np.arange(count) + 0.5) * (last - first) / count


def _neighbours(middles: NDArray[np.float64], side: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The pixels whose middles lie before and behind."""
    before = np.floor(middles - 0.5).astype(np.intp)
    return before.clip(0, side - 1), (before + 1).clip(0, side - 1)
