"""What every frame of a film does, from the sound that it moves to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artgen_audio.config import AudioFilmConfig, FollowConfig
from artgen_audio.envelopes import followed, integral, means
from artgen_audio.signals import Signal, signal_of
from artgen_audio.spectrum import HOPS_PER_SECOND, Spectrum


@dataclass(frozen=True, eq=False)
class Motion:
    """What the frames of a film do.

    Attributes:
        way: how much of the way is done at each frame, (n,), rising from 0 to 1; on a closed way frame n would be at 1.
        psi: truncation of each frame, (n,), at least 0.
        noise: what the noise of each frame is multiplied by, (n,), at least 0.
    """

    way: NDArray[np.float64]
    psi: NDArray[np.float64]
    noise: NDArray[np.float64]

    def of(self, frames: range) -> Iterator[tuple[float, float, float]]:
        """Way, psi and noise of some frames."""
        parts = (values[frames.start : frames.stop].tolist() for values in (self.way, self.psi, self.noise))
        return zip(*parts, strict=True)


def motion_of(spectrum: Spectrum, config: AudioFilmConfig, frames: int) -> Motion:
    """The motion of a film with so many frames.

    A frame shows the mean of what is followed while it is seen, and the way from it to the next is the integral of the
    speed meanwhile: all is a function of the sound and of the frame's number.
    """
    edges = np.arange(frames + 1) / config.fps

    def follow(what: FollowConfig) -> Signal:
        signal = _as_long(signal_of(spectrum, what.follows), edges[-1])
        return followed(signal, what.attack, what.release, cyclic=spectrum.cyclic)

    went = integral(1 + config.speed.amount * follow(config.speed), edges)
    psi = config.truncation + config.psi.amount * means(follow(config.psi), edges)
    noise = 1 + config.noise.amount * means(follow(config.noise), edges)
    end = went[-1] if config.ending == "loop" else went[-2]
    return Motion(way=went[:-1] / end, psi=np.maximum(psi, 0), noise=np.maximum(noise, 0))


def _as_long(signal: Signal, seconds: float) -> Signal:
    """A signal as long as the film; after the sound there is silence."""
    hops = round(np.ceil(seconds * HOPS_PER_SECOND)) + 1
    return np.pad(signal, (0, max(0, hops - len(signal))))[:hops]
