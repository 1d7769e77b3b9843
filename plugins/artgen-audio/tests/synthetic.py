"""Sounds that are known to the sample."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 44_100
Samples = NDArray[np.float64]


def times(seconds: float) -> Samples:
    return np.arange(round(seconds * RATE_HZ)) / RATE_HZ


def sine(hz: float, seconds: float, amplitude: float = 0.5) -> Samples:
    return amplitude * np.sin(2 * np.pi * hz * times(seconds))


def clicks(at: list[float], seconds: float) -> Samples:
    """Short bursts of a tone."""
    burst = sine(1000, 0.02) * np.exp(-times(0.02) / 0.005)
    return laid(dict.fromkeys(at, burst), seconds)


def laid(parts: dict[float, Samples], seconds: float) -> Samples:
    """Sounds that begin at some times."""
    track = np.zeros(round(seconds * RATE_HZ))
    for start, part in parts.items():
        first = round(start * RATE_HZ)
        end = min(len(track), first + len(part))
        track[first:end] += part[: end - first]
    return track


def drum_loop(bars: int = 3) -> tuple[Samples, dict[str, list[float]]]:
    """Bars of two seconds at 120 beats a minute: kicks, snares, hats; and when each is struck."""
    chance = np.random.default_rng(7)
    seconds = 2.0 * bars
    t = times(0.35)
    kick = 0.8 * np.sin(2 * np.pi * (50 * t + 100 * 0.03 * (1 - np.exp(-t / 0.03)))) * np.exp(-t / 0.09)
    t = times(0.25)
    snare = (0.35 * chance.standard_normal(len(t)) + 0.4 * np.sin(2 * np.pi * 190 * t)) * np.exp(-t / 0.05)
    t = times(0.08)
    hat = 0.12 * np.diff(chance.standard_normal(len(t) + 1)) * np.exp(-t / 0.015)
    struck: dict[str, list[float]] = {"kick": [], "snare": [], "hat": []}
    for bar in range(bars):
        struck["kick"] += [2 * bar + beat for beat in (0.0, 1.0, 1.25)]
        struck["snare"] += [2 * bar + beat for beat in (0.5, 1.5)]
        struck["hat"] += [2 * bar + 0.25 * eighth for eighth in range(8)]
    track = sum(
        laid(dict.fromkeys(struck[n], part), seconds) for n, part in (("kick", kick), ("snare", snare), ("hat", hat))
    )
    return np.clip(track, -1, 1), struck


def melody(seconds: float = 12.0) -> tuple[Samples, list[float]]:
    """Notes over chords that sound on, two a second; and when each begins."""

    def note(hz: float, length: float, amplitude: float, rise: float, fall: float) -> Samples:
        t = times(length)
        tone = sum(np.sin(2 * np.pi * hz * k * t) / k**1.5 for k in range(1, 7))
        return amplitude * np.minimum(1, t / rise) * np.exp(-t / fall) * tone

    track = np.zeros(round(seconds * RATE_HZ))
    begins = [0.5 * number for number in range(round(2 * seconds))]
    tune = [440.0, 523.3, 659.3, 587.3, 523.3, 493.9, 440.0, 392.0]
    for number, begin in enumerate(begins):
        track += laid({begin: note(tune[number % 8], 0.8, 0.08, 0.005, 0.25)}, seconds)
    for number in range(round(seconds / 2)):
        for hz in [(220.0, 261.6, 329.6, 55.0), (174.6, 220.0, 261.6, 43.7), (196.0, 246.9, 293.7, 49.0)][number % 3]:
            track += laid({2.0 * number: note(hz, 2.4, 0.05, 0.3, 2.0)}, seconds)
    return track, begins


def write_wav(path: Path, samples: Samples, channels: int = 1) -> Path:
    data = np.repeat((np.clip(samples, -1, 1) * 32767).round().astype("<i2")[:, None], channels, axis=1)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(data.tobytes())
    return path
