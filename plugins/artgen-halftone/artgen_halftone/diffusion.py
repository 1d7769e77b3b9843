"""Error diffusion: what a dot is too much or too little is passed on to its neighbours that are not decided yet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_PASSED: dict[str, tuple[tuple[int, int, float], ...]] = {
    "floyd-steinberg": ((1, 0, 7 / 16), (-1, 1, 3 / 16), (0, 1, 5 / 16), (1, 1, 1 / 16)),
    "atkinson": ((1, 0, 1 / 8), (2, 0, 1 / 8), (-1, 1, 1 / 8), (0, 1, 1 / 8), (1, 1, 1 / 8), (0, 2, 1 / 8)),
}
"""To which neighbour, right and below, how much goes (R. Floyd and L. Steinberg, 1976; B. Atkinson, 1984, who lets a
quarter be lost, for clean lights and shadows)."""
_JITTER = 0.12
"""How much each decision is shaken, which keeps dots from standing in rows like worms."""


def diffused(wanted: NDArray[np.float32], method: str, seed: int) -> NDArray[np.bool_]:
    """Plates of pixels that are inked or not.

    Pixels x to the right and y down of which x + 2 y is the same do not depend on each other, so they are decided
    together: one step for each such line, of all plates.

    Args:
        wanted: (plates, H, W) in 0…1.
        method: floyd-steinberg or atkinson.
        seed: of the jitter.

    Shape:
        to (plates, H, W)
    """
    plates, height, width = wanted.shape
    lines = width + 2 * (height - 1)
    reach = 2
    # slanted[t, :, y] is the pixel of row y at x = t - 2 y
    slanted = np.zeros((lines + 5, plates, height + reach), np.float32)
    rows = np.arange(height)
    for x in range(width):
        slanted[x + 2 * rows, :, rows] = wanted[:, :, x].T
    shaken = np.random.Generator(np.random.Philox(seed)).random((lines, height), np.float32)
    inked = np.zeros((lines, plates, height), bool)
    passed = [(right + 2 * down, down, np.float32(share)) for right, down, share in _PASSED[method]]
    for line in range(lines):
        low, high = max(0, -(-(line - width + 1) // 2)), min(height, line // 2 + 1)
        value = slanted[line, :, low:high]
        dots = value > 0.5 + _JITTER * (shaken[line, low:high] - 0.5)
        inked[line, :, low:high] = dots
        left = value - dots
        for later, down, share in passed:
            slanted[line + later, :, low + down : high + down] += share * left
    found = np.empty((plates, height, width), bool)
    for x in range(width):
        found[:, :, x] = inked[x + 2 * rows, :, rows].T
    return found
