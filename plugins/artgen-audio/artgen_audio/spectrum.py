"""How strong a sound is at every hundredth of a second, in bands of a third of an octave.

All that a film follows is made from this one table. It is computed by numpy in float64, whose Fourier transform runs in
one thread, so that a film that goes on after a stop hears the same to the bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from artgen_audio.listening import RATE_HZ

HOPS_PER_SECOND = 100
"""Ten milliseconds from one look to the next, as is usual for onsets."""
HOP = RATE_HZ // HOPS_PER_SECOND
WINDOW = 1024
"""43 milliseconds: short enough to tell a kick drum from the next, long enough to tell bass from middle."""

_AT_ONCE = 1000
_HALF = WINDOW // 2
_HZ = RATE_HZ / WINDOW
_THIRDS = range(-17, 11)
"""Of an octave, around 1 kHz (IEC 61260-1, base 2): the band of j goes from j - 1/2 to j + 1/2 thirds."""


def _edges() -> NDArray[np.int64]:
    """The first bin of every band; low ones that are narrower than a bin are one. The mean itself is no sound."""
    wanted = [1000 * 2 ** ((third - 0.5) / 3) / _HZ for third in _THIRDS]
    return np.unique(np.maximum(1, np.round(wanted)).astype(np.int64))


EDGES = _edges()
EDGES_HZ = EDGES * _HZ


Ends = tuple[NDArray[np.float64], NDArray[np.float64]]
"""The beginning and the end of a sound, (WINDOW / 2,) each."""


@dataclass(frozen=True, eq=False)
class Spectrum:
    """A sound as far as a film listens to it.

    Attributes:
        power: mean square of what is heard in each band around each hop, (T, bands) float32; a sine at full scale has
            a half.
        samples: how many there are.
        cyclic: it is a loop: after its end comes its beginning, else silence.
    """

    power: NDArray[np.float32]
    samples: int
    cyclic: bool = False

    @property
    def seconds(self) -> float:
        """How long the sound is."""
        return self.samples / RATE_HZ


def spectrum_of(blocks: Iterable[NDArray[np.float64]], ends: Ends | None = None) -> Spectrum:
    """Look at a sound through windows that overlap (the short-time Fourier transform with Hann's window).

    A window is centred on every hop. By Parseval's theorem the squares of its Fourier transform add up to those of the
    samples, so that bands do too.

    Args:
        blocks: of samples, in their order.
        ends: of the same sound, when it is a loop; else there is silence before and after it.
    """
    counted = _Counted(blocks)
    first, last = ends or (np.zeros(_HALF), np.zeros(_HALF))
    power = [_powers(frames) for frames in _windows(chain([last], counted, [first]))]
    return Spectrum(np.concatenate(power), counted.samples, cyclic=ends is not None)


def ends_of(blocks: Iterable[NDArray[np.float64]]) -> Ends:
    """The first and the last samples of a sound, as many as a window sees of what is before and after."""
    first = last = np.zeros(0)
    for block in blocks:
        first = np.concatenate((first, block[: _HALF - len(first)]))
        last = np.concatenate((last, block[-_HALF:]))[-_HALF:]
    missing = _HALF - len(first)
    return np.pad(first, (0, missing)), np.pad(last, (missing, 0))


class _Counted:
    """Blocks of samples, and how many went by."""

    def __init__(self, blocks: Iterable[NDArray[np.float64]]) -> None:
        self._blocks = blocks
        self.samples = 0

    def __iter__(self) -> Iterator[NDArray[np.float64]]:
        for block in self._blocks:
            self.samples += len(block)
            yield block


def _windows(blocks: Iterable[NDArray[np.float64]]) -> Iterator[NDArray[np.float64]]:
    """Those of every hop, (n, WINDOW), some at a time; as many as there are hops from the first sample to the last."""
    waiting = np.zeros(0)
    for block in blocks:
        waiting = np.concatenate((waiting, block))
        while len(waiting) >= WINDOW:
            seen = np.lib.stride_tricks.sliding_window_view(waiting, WINDOW)[::HOP][:_AT_ONCE]
            yield seen
            waiting = waiting[len(seen) * HOP :]


def _powers(windows: NDArray[np.float64]) -> NDArray[np.float32]:
    """(n, WINDOW) samples to (n, bands)."""
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
    spectrum = np.abs(np.fft.rfft(windows * hann)) ** 2
    spectrum[:, 1:-1] *= 2  # what is seen once stands for a positive and a negative frequency
    # not a matrix product, whose sums depend on the number of threads
    summed = np.add.reduceat(spectrum, EDGES, axis=1)
    power: NDArray[np.float32] = (summed / (WINDOW * np.square(hann).sum())).astype(np.float32)
    return power
