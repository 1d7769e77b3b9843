"""Pictures that are in a folder more than once: the same file, or nearly the same picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FARTHEST = 0.015
"""Up to this distance pictures count as nearly the same.

The distance is 1 - r, with r the correlation of their 16×16 thumbnails, each channel around its own mean. On photos,
paintings and emoji, JPEG at quality 40 stays under 0.007, half the size under 0.001, a third more saturation under
0.013; of 3,160 pairs of different emoji faces, four are nearer than this. Crops are farther, and are not found.
"""

FLATTEST_LEVELS = 3
"""Thumbnails that vary by less than this say nothing: plain pictures would all resemble each other."""

_FARTHEST_GREY = 0.03
_BLOCK = 512


def same_files(hashes: Sequence[str]) -> list[list[int]]:
    """Indices of equal hashes, in groups of two and more, in order."""
    groups: dict[str, list[int]] = {}
    for index, sha256 in enumerate(hashes):
        groups.setdefault(sha256, []).append(index)
    return [group for group in groups.values() if len(group) > 1]


def near_duplicates(thumbs: NDArray[np.uint8]) -> list[list[tuple[int, float]]]:
    """Groups of pictures that look nearly the same.

    Each group is what is near its first picture, so that a chain of small steps does not join all; nobody is in two.
    The pairs to look at are chosen by 8×8 grey, where 10,000 pictures take about a second.

    Args:
        thumbs: 16×16 RGB thumbnails.

    Returns:
        (index, distance to the first of the group), the first with distance 0.

    Shape:
        thumbs: (N, 16, 16, 3)
    """
    count = len(thumbs)
    centred = thumbs - thumbs.mean((1, 2), keepdims=True, dtype=np.float32)
    taken = centred.reshape(count, -1).std(1) < FLATTEST_LEVELS
    pictures = _standardised(centred.reshape(count, -1))
    coarse = thumbs.reshape(count, 8, 2, 8, 2, 3).mean((2, 4, 5), dtype=np.float32)
    grey = _standardised(coarse.reshape(count, -1))
    groups = []
    for first in range(0, count, _BLOCK):
        likely = grey[first : first + _BLOCK] @ grey[first:].T > 1 - _FARTHEST_GREY
        for leader in range(first, min(count, first + _BLOCK)):
            if taken[leader]:
                continue
            others = first + np.flatnonzero(likely[leader - first])
            others = others[(others > leader) & ~taken[others]]
            distances = np.maximum(0, 1 - pictures[others] @ pictures[leader])
            near = distances <= FARTHEST
            if near.any():
                taken[others[near]] = True
                members = zip(others[near].tolist(), distances[near].tolist(), strict=True)
                groups.append([(leader, 0.0), *members])
    return groups


def _standardised(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows of mean 0 and length 1, so that a product of two is their correlation."""
    centred = values - values.mean(1, keepdims=True)
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.asarray(centred / np.maximum(length, 1e-6), np.float32)
