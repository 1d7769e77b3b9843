"""When beats and notes begin."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from artgen_audio.spectrum import HOPS_PER_SECOND, Spectrum

_COMPRESSION = 200
"""What is 46 dB below the loudest moment is where the logarithm begins to bend; what is far below it counts for nothing."""
_LAG = 2
"""Hops over which a rise is measured: windows so far apart share half of what they hear."""
_BEFORE, _AFTER, _MEAN_BEFORE, _MEAN_AFTER, _APART = (
    round(seconds * HOPS_PER_SECOND) for seconds in (0.03, 0.03, 0.1, 0.07, 0.03)
)
_ABOVE_MEAN = 0.33
"""Tried: hiss stays below 0.31 in half a minute; the softest hat of a drum loop stands out by 0.45, a kick by over 1."""


def onset_strength(spectrum: Spectrum) -> NDArray[np.float64]:
    """How much begins at each hop: the spectral flux.

    The sum of all rises of logarithmic magnitude, bands that fade left out, averaged over the bands (S. Dixon, "Onset
    detection revisited", 2006, section 2.1; with the logarithm and the bands of S. Böck, F. Krebs and M. Schedl,
    "Evaluating the online capabilities of onset detection methods", 2012).

    Shape:
        (T,), 0 where nothing begins
    """
    power = spectrum.power.astype(np.float64)
    magnitude = np.sqrt(power / max(power.sum(1).max(initial=0.0), np.finfo(np.float64).tiny))
    heard = np.log1p(_COMPRESSION * magnitude)
    before = np.concatenate((np.zeros((_LAG, heard.shape[1])), heard[:-_LAG]))[: len(heard)]
    rises: NDArray[np.float64] = np.maximum(heard - before, 0).mean(1)
    return rises


def onsets_of(strength: NDArray[np.float64]) -> NDArray[np.int64]:
    """The hops at which something begins: peaks that stand out of what is around them.

    A peak is the highest from 30 ms before to 30 ms after, stands above the mean from 100 ms before to 70 ms after, and
    is more than 30 ms after the last (Böck, Krebs and Schedl, 2012).

    Args:
        strength: from `onset_strength`, (T,).

    Shape:
        (n,), rising
    """
    highest = _around(strength, _BEFORE, _AFTER).max(1)
    threshold = _around(strength, _MEAN_BEFORE, _MEAN_AFTER).mean(1) + _ABOVE_MEAN
    found: list[int] = []
    for hop in np.flatnonzero((strength == highest) & (strength >= threshold)):
        if not found or hop - found[-1] > _APART:
            found.append(int(hop))
    return np.array(found, dtype=np.int64)


def _around(values: NDArray[np.float64], before: int, after: int) -> NDArray[np.float64]:
    """Each value with its neighbours, (T, before + 1 + after); zeros beyond the ends."""
    return sliding_window_view(np.pad(values, (before, after)), before + 1 + after)
