"""Closed paths that no keys are needed for: a circle through two latents, and a smooth walk of chance around one."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

_TINY = 1e-30
"""Of a length that something is divided by, which is 0 at the mean."""


@dataclass(frozen=True, eq=False)
class Circle:
    """A circle through two latents and their opposites: position 0 is the first, 1 the second, 4 the first again.

    What is standard normal keeps its length, so that every point is as likely as the two.

    Attributes:
        first: (D,).
        second: (D,).
        centre: (D,), the mean of such latents.
        normal_size: so many numbers at the beginning are standard normal.
    """

    first: Tensor
    second: Tensor
    centre: Tensor
    normal_size: int
    length: int = 4
    closed: bool = True

    def at(self, position: float) -> Tensor:
        """The latent at a position in [0, 4], (D,) float32."""
        if position % 4 in (0.0, 1.0):
            return (self.second if position % 4 else self.first).float()
        first, second, centre = (latent.double() for latent in (self.first, self.second, self.centre))
        cosine, sine = cosine_and_sine(position)
        around = centre + cosine * (first - centre) + sine * (second - centre)
        lengths = [latent[: self.normal_size].norm() for latent in (first, second)]
        return with_length(around, self.normal_size, cosine**2 * lengths[0] + sine**2 * lengths[1])


@dataclass(frozen=True, eq=False)
class NoiseLoop:
    """A smooth closed walk of chance that begins and ends at a latent.

    Each number moves as a sum of harmonics whose amplitudes were drawn, as far as it can and stay as likely as it was:
    what is standard normal keeps its length, all else its distance from the mean, on average.

    Attributes:
        start: (D,).
        waves: latents drawn like `start`, two for each harmonic, (2K, D).
        centre: (D,), the mean of such latents.
        reach: how far it goes: 0.3 leaves the picture what it is, at 1 little of it stays, more forgets it.
        normal_size: so many numbers at the beginning are standard normal.
    """

    start: Tensor
    waves: Tensor
    centre: Tensor
    reach: float
    normal_size: int
    closed: bool = True

    @property
    def length(self) -> int:
        """Where it ends: one for each harmonic."""
        return len(self.waves) // 2

    def at(self, position: float) -> Tensor:
        """The latent at a position in [0, length], (D,) float32."""
        if position % self.length == 0:
            return self.start.float()
        start, centre = self.start.double(), self.centre.double()
        turns = 2 * math.pi * position / self.length * torch.arange(1, self.length + 1, dtype=torch.float64)
        weights = torch.cat((turns.cos() - 1, turns.sin())) * self.reach / self.length**0.5
        drawn = (self.waves.double() - centre) * weights[:, None]
        moved = (start - centre + drawn.sum(0)) / (1 + weights.square().sum()).sqrt()
        return with_length(centre + moved, self.normal_size, start[: self.normal_size].norm())


def cosine_and_sine(quarters: float) -> tuple[float, float]:
    """Of so many quarter turns."""
    return math.cos(quarters * math.pi / 2), math.sin(quarters * math.pi / 2)


def with_length(latent: Tensor, normal_size: int, length: Tensor) -> Tensor:
    """The same latent with another length of what is standard normal, float32."""
    normal = latent[:normal_size]
    # with truncation = 0 there is none, nor a length to bring it to
    scaled = normal * (length / normal.norm().clamp_min(_TINY)) if normal_size else normal
    return torch.cat((scaled, latent[normal_size:])).float()
