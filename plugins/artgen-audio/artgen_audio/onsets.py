"""When beats and notes begin."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from artgen_audio.spectrum import HOPS_PER_SECOND, Spectrum

_COMPRESSION = 100
"""The logarithm bends where a band is 40 dB below the loudest moment; what is far below that counts for nothing."""
_LAG = 2
"""Hops over which a rise is measured: windows so far apart share half of what they hear."""
_PEAK_HOPS, _AROUND_HOPS = (round(seconds * HOPS_PER_SECOND) for seconds in (0.03, 0.1))
_TIMES_MEDIAN, _ABOVE = 2.5, 0.1
"""Tried: the softest strokes of a drum loop and of a melody over chords stand out by 0.36 and 0.21, and what begins
nowhere, in these and in hiss, by no more than 0.04."""


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
    # the last hop is the first again
    end = heard[-_LAG - 1 : -1] if spectrum.cyclic and len(heard) > _LAG else np.zeros((_LAG, heard.shape[1]))
    before = np.concatenate((end, heard[:-_LAG]))[: len(heard)]
    rises: NDArray[np.float64] = np.maximum(heard - before, 0).mean(1)
    return rises


def onsets_of(strength: NDArray[np.float64]) -> NDArray[np.int64]:
    """The hops at which something begins: peaks that stand out of what is around them.

    A peak is the highest from 30 ms before to 30 ms after, and above a threshold that follows the median of the 200 ms
    around, ``δ + λ median`` (J. Bello and others, "A tutorial on onset detection in music signals", 2005, section III).

    Args:
        strength: from `onset_strength`, (T,).

    Shape:
        (n,), rising
    """
    highest = _around(strength, _PEAK_HOPS).max(1)
    threshold = _TIMES_MEDIAN * np.median(_around(strength, _AROUND_HOPS), axis=1) + _ABOVE
    return np.flatnonzero((strength == highest) & (strength > threshold))


def _around(values: NDArray[np.float64], hops: int) -> NDArray[np.float64]:
    """Each value with its neighbours on both sides, (T, 2 hops + 1); zeros beyond the ends."""
    return sliding_window_view(np.pad(values, hops), 2 * hops + 1)
