"""What of a sound can be followed, each as a signal between 0 and 1."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from artgen_audio.config import Follows
from artgen_audio.onsets import onset_strength, onsets_of
from artgen_audio.spectrum import EDGES_HZ, HOPS_PER_SECOND, Spectrum

Signal = NDArray[np.float64]
"""(T,), one value a hop."""

LOW_HZ, HIGH_HZ = 180.0, 2240.0
_BANDS_HZ: Mapping[Follows, tuple[float, float]] = {
    "level": (0.0, np.inf),
    "low": (0.0, LOW_HZ),
    "mid": (LOW_HZ, HIGH_HZ),
    "high": (HIGH_HZ, np.inf),
}
_LEAST_DB = -100.0
_AUDIBLE_DB = -80.0
"""Of full scale: a file that is never louder holds the hiss of its recording and nothing to follow."""

_AROUND_SECONDS = 8
"""What is loud and what is soft is judged by so much before and after."""
_JUDGED_HOPS = HOPS_PER_SECOND // 2
_SOFT_PERCENT, _LOUD_PERCENT = 10, 98
_LEAST_SPAN_DB, _MOST_SPAN_DB = 12.0, 36.0
_BELOW_SONG_DB = 18.0
"""Soft passages stay calm: nothing is loud that is further below the loudest passage of all in its band."""
_BELOW_SOUND_DB = 40.0
"""Likewise for a band of which next to nothing is heard."""

_STRONG_PERCENT = 80
_PULSE_HOPS = 6
"""An onset is as long as two frames of film, so that none falls between them."""


def level(spectrum: Spectrum, lowest_hz: float = 0.0, highest_hz: float = np.inf) -> Signal:
    """The amplitude of what is between two frequencies: its root mean square around each hop, 1 for a full square wave."""
    first, last = np.searchsorted(EDGES_HZ, (lowest_hz, highest_hz))
    amplitude: Signal = np.sqrt(spectrum.power[:, first:last].sum(1, dtype=np.float64))
    return amplitude


def signal_of(spectrum: Spectrum, follows: Follows) -> Signal:
    """What a film can follow, from 0, nothing, to 1, all that there is."""
    if decibels(level(spectrum)).max(initial=_LEAST_DB) < _AUDIBLE_DB:
        return np.zeros(len(spectrum.power))
    if follows == "onsets":
        return onset_pulses(onset_strength(spectrum))
    return evened_out(decibels(level(spectrum, *_BANDS_HZ[follows])), decibels(level(spectrum)))


def decibels(amplitude: Signal) -> Signal:
    """Of full scale, no less than -100."""
    return 20 * np.log10(np.maximum(amplitude, 10 ** (_LEAST_DB / 20)))


def evened_out(loudness: Signal, sound: Signal) -> Signal:
    """Loudness between what is soft and what is loud at the time: 0 to 1.

    Soft and loud are percentiles of the 16 seconds around, so that a passage in which bass never ends moves as much as
    one of single beats; they are no nearer to each other than 12 dB, so that an even tone does not tremble.

    Args:
        loudness: of a band, in dB.
        sound: of all that is heard, in dB.
    """
    soft, loud = _soft_and_loud(loudness)
    hardly = sound.max() - _BELOW_SOUND_DB
    soft = np.maximum(soft, hardly - _LEAST_SPAN_DB)
    loud = np.maximum(loud, max(loud.max() - _BELOW_SONG_DB, hardly))
    span = np.clip(loud - soft, _LEAST_SPAN_DB, _MOST_SPAN_DB)
    signal: Signal = np.clip(1 - (loud - loudness) / span, 0, 1)
    return signal


def _soft_and_loud(loudness: Signal) -> tuple[Signal, Signal]:
    """The two percentiles at every hop, in straight lines between those of every half second."""
    judged = np.arange(0, len(loudness) + _JUDGED_HOPS, _JUDGED_HOPS)
    reach = _AROUND_SECONDS * HOPS_PER_SECOND
    around = [loudness[max(0, hop - reach) : hop + reach] for hop in judged]
    found = np.array([np.percentile(some, (_SOFT_PERCENT, _LOUD_PERCENT)) for some in around])
    hops = np.arange(len(loudness))
    soft, loud = (np.interp(hops, judged, percentile) for percentile in found.T)
    return soft, loud


def onset_pulses(strength: Signal) -> Signal:
    """A pulse at every onset, as high as it is strong; the strongest fifth of those around are all at the top."""
    onsets = onsets_of(strength)
    pulses = np.zeros(len(strength))
    reach = _AROUND_SECONDS * HOPS_PER_SECOND
    for onset in onsets:
        strong = np.percentile(strength[onsets[np.abs(onsets - onset) <= reach]], _STRONG_PERCENT)
        pulse = pulses[onset : onset + _PULSE_HOPS]
        np.maximum(pulse, min(1.0, strength[onset] / strong), out=pulse)
    return pulses
