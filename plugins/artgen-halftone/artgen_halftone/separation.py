"""The covers of some inks whose mean looks most like a colour: what is out of reach keeps its hue."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    np.float32,
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    np.float32,
)
"""OKLab (B. Ottosson, 2020), in which distances are about as large as they look."""
_VEIL = 0.002
"""Of the room's light, over every print: without it steps between shadows that nobody sees would count most."""
_ROUNDS = 10
_ROUNDS_AGAIN = 3
"""From covers that are nearly right."""
_SWEEPS = 5
_LEAST_INK = 1e-5
"""How much a cover counts, beside a squared distance: of all that look alike, the one with the least ink."""
_HALVINGS = 7
_UNSEEN = 0.001
"""By how far in OKLab a colour may go when its grey is printed in black; a twentieth of what an eye can tell."""


def solved(wanted: Floats, lights: Floats, paper: Floats, black: float | None) -> Floats:
    """Covers whose mean light looks most like what is wanted.

    Args:
        wanted: (N, 3), linear light.
        lights: (inks, 3), what each lets through.
        paper: (3,), linear light.
        black: the share of the grey that the last ink takes over; None where it is an ink as the others.

    Shape:
        to (N, inks) in 0…1
    """
    aim = _lab(wanted.T)
    light = np.broadcast_to(paper[:, None], aim.shape)
    inks = lights if black is None else lights[:-1]
    covers, error = _descended(aim, inks, light, np.full((len(inks), len(wanted)), 0.5, np.float32), _ROUNDS)
    if black is None:
        return covers.T
    last = lights[-1][:, None]
    # the most black with which the others come as near as without
    least, most = np.zeros_like(error), np.ones_like(error)
    allowed = (np.sqrt(error) + _UNSEEN) ** 2
    for _ in range(_HALVINGS):
        middle = (least + most) / 2
        tried, worse = _descended(aim, inks, light * (1 - middle + middle * last), covers, _ROUNDS_AGAIN)
        fits = worse <= allowed
        least, most = np.where(fits, middle, least), np.where(fits, most, middle)
        covers = np.where(fits, tried, covers)
    inked = np.float32(black) * least
    covers, _ = _descended(aim, inks, light * (1 - inked + inked * last), covers, _ROUNDS)
    return np.concatenate((covers, inked[None])).T


def _descended(aim: Floats, inks: Floats, paper: Floats, start: Floats, rounds: int) -> tuple[Floats, Floats]:
    """Gauss-Newton with a damping of each colour's own, between no cover and a full one.

    Args:
        aim: (3, N) of OKLab.
        inks: (inks, 3).
        paper: (3, N), what lies below.
        start: (inks, N), the covers to begin with.

    Returns:
        The covers, (inks, N), and how far off they are, squared, (N,).
    """
    covers, damping = start, np.full(aim.shape[1], 1e-3, np.float32)
    light, slopes = _printed(covers, inks, paper)
    off = _lab(light) - aim
    error = _cost(off, covers)
    for _ in range(rounds):
        leaning = _leaning(light)
        slope = [_TO_LAB @ (leaning * (_TO_CONES @ one)) for one in slopes]
        pull = [(one * off).sum(0) + _LEAST_INK * cover for one, cover in zip(slope, covers, strict=True)]
        bend = [[(one * other).sum(0) for other in slope] for one in slope]
        step = np.zeros_like(covers)
        for _ in range(_SWEEPS):
            for one in range(len(inks)):
                own = bend[one][one] + damping + _LEAST_INK
                rest = pull[one]
                for other in range(len(inks)):
                    if other != one:
                        rest = rest + bend[one][other] * step[other]
                step[one] = np.clip(-rest / own, -covers[one], 1 - covers[one])
        tried = np.clip(covers + step, 0, 1)
        light_there, slopes_there = _printed(tried, inks, paper)
        off_there = _lab(light_there) - aim
        error_there = _cost(off_there, tried)
        better = error_there < error
        covers, error = np.where(better, tried, covers), np.where(better, error_there, error)
        light, off = np.where(better, light_there, light), np.where(better, off_there, off)
        slopes = np.where(better, slopes_there, slopes)
        damping = np.clip(np.where(better, damping / 4, damping * 8), 1e-7, 10)
    return covers, (off * off).sum(0)


def _printed(covers: Floats, inks: Floats, paper: Floats) -> tuple[Floats, Floats]:
    """The mean light of inks on paper, (3, N), and how it changes with each cover, (inks, 3, N)."""
    through = 1 - covers[:, None] * (1 - inks[:, :, None])
    slopes = np.empty_like(through)
    for one, ink in enumerate(inks):
        slopes[one] = np.prod(np.delete(through, one, axis=0), axis=0) * paper * (ink[:, None] - 1)
    return np.prod(through, axis=0) * paper, slopes


def _lab(light: NDArray[np.floating[Any]]) -> Floats:
    """(3, N) of linear light, to OKLab."""
    return np.asarray(_TO_LAB @ np.cbrt(_TO_CONES @ light + _VEIL), np.float32)


def _leaning(light: Floats) -> Floats:
    """The slope of the cube root at what the cones see."""
    cones = _TO_CONES @ light + _VEIL
    return np.asarray(1 / (3 * np.cbrt(cones * cones)), np.float32)


def _cost(off: Floats, covers: Floats) -> Floats:
    return np.asarray((off * off).sum(0) + _LEAST_INK * (covers * covers).sum(0), np.float32)
