"""Thresholds: a plate has ink where more is wanted than the threshold says, so each level covers exactly its share."""

from __future__ import annotations

import functools
import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_CELL = 512
_LEVELS = 4096
_DIGITS = 4
_PRODUCTS = np.array([[0, 0, 0, 0], [0, 1, 2, 3], [0, 2, 3, 1], [0, 3, 1, 2]])
"""In the field of four numbers, whose sums are differences bit by bit."""
_BLUE_SIDE = 64
_BLUE_SIGMA = 1.9
"""Of the Gaussian that says how crowded a place is (R. Ulichney, "The void-and-cluster method", 1993: 1.5 to 2)."""


def screen(kind: str, height: int, width: int, cell_px: float, angle: float) -> Floats:
    """The threshold of a screen at every pixel.

    Args:
        kind: dot, line, cross or ellipse.
        cell_px: from line to line.
        angle: of the lines, in degrees against the clock.

    Shape:
        (height, width) in 0…1, each level as often
    """
    turn = math.radians(angle)
    # a phase that no pixel grid has, so that small angles have no beat with it
    x = (np.arange(width, dtype=np.float32) + 0.31) / cell_px
    y = (np.arange(height, dtype=np.float32)[:, None] + 0.17) / cell_px
    across = x * np.float32(math.cos(turn)) - y * np.float32(math.sin(turn))
    down = x * np.float32(math.sin(turn)) + y * np.float32(math.cos(turn))
    table = _shares(kind)
    spot = _spot(kind, across, down)
    return table[np.clip((spot * (_LEVELS - 1)).round(), 0, _LEVELS - 1).astype(np.int32)]


def bayer(height: int, width: int, plate: int) -> Floats:
    """The 16×16 ordered dither of B. Bayer (1973), for each plate its own, so that dots of inks meet as if by chance.

    Plate 0 has Bayer's matrix, whose ranks have a digit of four values for each power of two in x and y. The digits of others
    are sums of these in the field of four numbers (H. Faure, "Discrépance de suites associées à un système de
    numération", 1982): each square of 2×2, 4×4 … still has each share once, and in 16×16 each quarter of one plate meets
    each quarter of three others as often. There are four such; more have another period.
    """
    place = np.arange(1 << _DIGITS)
    across, down = (
        axis >> np.arange(_DIGITS)[:, None, None] & 1 for axis in np.broadcast_arrays(place, place[:, None])
    )
    digits = (across ^ down) << 1 | down
    ranks = np.zeros_like(digits[0])
    for digit in range(_DIGITS):
        total, factor = np.zeros_like(ranks), 1
        for later in range(digit, _DIGITS):
            if math.comb(later, digit) % 2:
                total ^= _PRODUCTS[factor][digits[later]]
            factor = int(_PRODUCTS[factor][plate % 4])
        ranks = 4 * ranks + total
    side = len(ranks) - 1 - 2 * (plate - 4) if plate >= 4 else len(ranks)
    ranks = ranks[:side, :side].ravel().argsort().argsort().reshape(side, side)
    return _tiled(((ranks + 0.5) / ranks.size).astype(np.float32), height, width)


def blue_noise(height: int, width: int, plate: int) -> Floats:
    """Blue noise, elsewhere for each plate, so that dots of two inks do not keep to one another."""
    rolled = np.roll(_void_and_cluster(), (plate * 23, plate * 41), (0, 1))
    return _tiled(rolled, height, width)


def _tiled(square: Floats, height: int, width: int) -> Floats:
    side = len(square)
    return np.tile(square, (-(-height // side), -(-width // side)))[:height, :width]


def _spot(kind: str, across: Floats, down: Floats) -> Floats:
    """How late a place of a cell is inked: 0 for its middle, 1 for what stays white longest."""
    first, second = (np.cos(np.float32(2 * math.pi) * place) for place in (across, down))
    if kind == "line":
        late = 0.5 - 0.5 * second
    elif kind == "cross":
        late = 0.5 - 0.5 * np.maximum(first, second)
    elif kind == "ellipse":
        late = 0.5 - 0.5 * (0.62 * first + 0.38 * second)
    else:
        late = 0.5 - 0.25 * (first + second)
    return np.asarray(late, np.float32)


@functools.cache
def _shares(kind: str) -> Floats:
    """For each level of a spot, the share of the cell that is inked before it."""
    place = ((np.arange(_CELL) + 0.5) / _CELL).astype(np.float32)
    levels = np.sort(_spot(kind, place[None, :] + 0 * place[:, None], place[:, None] + 0 * place[None, :]), axis=None)
    at = np.searchsorted(levels, np.linspace(0, 1, _LEVELS), side="left") / levels.size
    after = np.searchsorted(levels, np.linspace(0, 1, _LEVELS), side="right") / levels.size
    return ((at + after) / 2).astype(np.float32)


@functools.cache
def _void_and_cluster() -> Floats:
    """A square of ranks in which ink of any amount is spread evenly (R. Ulichney, 1993)."""
    side = _BLUE_SIDE
    away = np.minimum(np.arange(side), side - np.arange(side))
    kernel = np.exp(-(away[:, None] ** 2 + away[None, :] ** 2) / (2 * _BLUE_SIGMA**2))
    twice = np.tile(kernel, (2, 2))

    def around(index: int) -> NDArray[np.float64]:
        row, column = divmod(index, side)
        return twice[side - row : 2 * side - row, side - column : 2 * side - column]

    chance = np.random.Generator(np.random.Philox(7))
    first = chance.permutation(side * side)[: side * side // 10]
    inked = np.zeros(side * side, bool)
    inked[first] = True
    crowd = np.sum([around(int(index)) for index in first], axis=0).ravel()
    while True:  # the start: from the tightest cluster to the largest void, until nothing is gained
        tight = int(np.where(inked, crowd, -np.inf).argmax())
        inked[tight] = False
        crowd = crowd - around(tight).ravel()
        void = int(np.where(inked, np.inf, crowd).argmin())
        inked[void] = True
        crowd = crowd + around(void).ravel()
        if void == tight:
            break
    rank = np.zeros(side * side, np.float32)
    falling, fewer = inked.copy(), crowd.copy()
    for number in range(int(inked.sum()) - 1, -1, -1):
        tight = int(np.where(falling, fewer, -np.inf).argmax())
        falling[tight] = False
        fewer = fewer - around(tight).ravel()
        rank[tight] = number
    for number in range(int(inked.sum()), side * side):
        void = int(np.where(inked, np.inf, crowd).argmin())
        inked[void] = True
        crowd = crowd + around(void).ravel()
        rank[void] = number
    return ((rank + 0.5) / rank.size).astype(np.float32).reshape(side, side)
