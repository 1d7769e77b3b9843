"""Following a signal without flicker: it rises and falls at speeds of its own, and frames see its mean."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from artgen_audio.signals import Signal
from artgen_audio.spectrum import HOPS_PER_SECOND


def followed(signal: Signal, attack: float, release: float, *, cyclic: bool = False) -> Signal:
    """The envelope of a signal: y += (1 - exp(-1 / (τ fs))) (x - y), τ being the attack where it rises, else the release.

    The smooth branching detector of D. Giannoulis, M. Massberg and J. Reiss, "Digital dynamic range compressor design",
    2012.

    Args:
        signal: one value a hop.
        attack: seconds in which it follows a rise to 63 %.
        release: seconds in which it falls to 37 %.
        cyclic: what is before the beginning is the end, else silence.
    """
    rise, fall = (1 - math.exp(-1 / (seconds * HOPS_PER_SECOND)) if seconds else 1.0 for seconds in (attack, release))
    values = signal.tolist()
    y = 0.0
    for _ in range(2 if cyclic else 1):
        found = []
        for x in values:
            y += (rise if x > y else fall) * (x - y)
            found.append(y)
    return np.array(found)


def integral(signal: Signal, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """The integral of a signal from the beginning to each of some times, in straight lines from hop to hop."""
    hop = seconds * HOPS_PER_SECOND
    before = np.clip(hop.astype(np.int64), 0, len(signal) - 2)
    share = hop - before
    summed = np.concatenate(([0.0], np.cumsum((signal[1:] + signal[:-1]) / 2)))
    here, there = signal[before], signal[before + 1]
    return (summed[before] + share * (here + share * (there - here) / 2)) / HOPS_PER_SECOND


def means(signal: Signal, edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of a signal between each two of some times, (n + 1,) to (n,)."""
    return np.diff(integral(signal, edges)) / np.diff(edges)
