"""Ways through the space of a generator as a film takes them: at every position a point to paint, noise included."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import tee
from typing import Literal, Protocol

import torch
from torch import Tensor

from artgen.errors import ArtgenError
from artgen.latents.interpolate import LatentPath, Way
from artgen.latents.loops import Circle, NoiseLoop, cosine_and_sine
from artgen.latents.sampler import Noise, Sampler
from artgen.latents.seeds import noise_of
from artgen.seeding import derived_seed

Point = tuple[Tensor, Noise]
"""What `Sampler.along` paints: w and noise."""


class Path(Protocol):
    """A way through the space of a generator; position k is its key k exactly."""

    @property
    def length(self) -> int:
        """Where it ends, in keys."""

    @property
    def closed(self) -> bool:
        """Whether it ends where it began."""

    def points(self, positions: Iterable[float]) -> Iterator[Point]:
        """What is painted at positions in [0, length], found when it is wanted."""


class Curve(Protocol):
    """The same for the latent alone."""

    @property
    def length(self) -> int:
        """Where it ends, in keys."""

    @property
    def closed(self) -> bool:
        """Whether it ends where it began."""

    def at(self, position: float) -> Tensor:
        """The latent at a position in [0, length], (D,) float32."""


@dataclass(frozen=True)
class PaintedPath:
    """A path made of a curve and of the noise beside it.

    Attributes:
        curve: of latents.
        noise: by position.
        as_w: what latents of the curve are to the generator.
    """

    curve: Curve
    noise: Callable[[float], Noise]
    as_w: Callable[[Iterator[Tensor]], Iterator[Tensor]]

    @property
    def length(self) -> int:
        """Where it ends, in keys."""
        return self.curve.length

    @property
    def closed(self) -> bool:
        """Whether it ends where it began."""
        return self.curve.closed

    def points(self, positions: Iterable[float]) -> Iterator[Point]:
        """What is painted at positions in [0, length], found when it is wanted."""
        for_latents, for_noise = tee(positions)
        return zip(self.as_w(map(self.curve.at, for_latents)), map(self.noise, for_noise), strict=True)


@dataclass(frozen=True)
class ThereAndBack:
    """A path to its end and the same way back.

    Attributes:
        path: an open one.
    """

    path: Path

    @property
    def length(self) -> int:
        """Where it ends, in keys."""
        return 2 * self.path.length

    @property
    def closed(self) -> bool:
        """It ends where it began."""
        return True

    def points(self, positions: Iterable[float]) -> Iterator[Point]:
        """What is painted at positions in [0, length], found when it is wanted."""
        return self.path.points(min(position, self.length - position) for position in positions)


class Space:
    """Where curves run: among the latents z, or among the points w that the generator maps them to.

    Args:
        sampler: of the generator.
        seeds: of the first keys; with classes and none asked for, a path through z is of their class.
        kind: z or w. Without a mapping network they are the same.
        truncation: of all points.
        label: the class, where there are classes; None for every seed's own.
        where: what asks for it, for errors.

    Raises:
        ArtgenError: the path would run through z and through several classes.
    """

    def __init__(
        self,
        sampler: Sampler,
        seeds: Sequence[int],
        kind: Literal["z", "w"],
        *,
        truncation: float,
        label: int | None,
        where: str = "",
    ) -> None:
        self.sampler, self.truncation, self.label = sampler, truncation, label
        self.unmapped = kind == "z" and not sampler.normal_size
        if self.unmapped:
            labels = {sampler.label_of(seed, label) for seed in seeds}
            if len(labels) > 1:
                raise ArtgenError(
                    "the seeds are of several classes, between which there is no way through z",
                    where=where,
                    hint="Name a class, or travel through w.",
                )
            self.label = labels.pop()

    @property
    def normal_size(self) -> int:
        """How many numbers at the beginning of a latent are standard normal."""
        size: int = self.sampler.generator.latent_size
        return size if self.unmapped else self.sampler.normal_size

    def latents(self, seeds: Sequence[int], label: int | None = None) -> Tensor:
        """Those of seeds, (len(seeds), D); of a class of their own where one is given."""
        if self.unmapped:
            return torch.stack([self.sampler.latent(seed) for seed in seeds])
        return self.sampler.points(seeds, self.truncation, self.label if label is None else label)

    def centre(self, label: int | None) -> Tensor:
        """The mean of all latents, (D,)."""
        return torch.zeros(self.normal_size) if self.unmapped else self.sampler.mean_w(label).cpu()

    def as_w(self, latents: Iterator[Tensor]) -> Iterator[Tensor]:
        """What the generator paints from."""
        return self.sampler.mapped(latents, self.truncation, self.label) if self.unmapped else latents


def through_seeds(space: Space, seeds: Sequence[int], way: Way, *, closed: bool) -> PaintedPath:
    """A path from seed to seed; each key is the picture that the seed is elsewhere, for its noise travels along."""
    curve = LatentPath(space.latents(seeds), space.normal_size, closed=closed, way=way)
    return PaintedPath(curve, NoiseBetween(space.sampler, seeds), space.as_w)


def circle(space: Space, first: int, second: int) -> PaintedPath:
    """A circle through two seeds; with classes, of the first one's."""
    label = space.sampler.label_of(first, space.label)
    one, other = space.latents([first, second], label)
    curve = Circle(one, other, space.centre(label), space.normal_size)

    def noise(position: float) -> Noise:
        cosine, sine = cosine_and_sine(position)
        exact = {0.0: [(first, 1.0)], 1.0: [(second, 1.0)]}.get(position % 4)
        return mixed_noise(space.sampler, exact or [(first, cosine), (second, sine)])

    return PaintedPath(curve, noise, space.as_w)


def noise_loop(space: Space, seed: int, *, harmonics: int, reach: float) -> PaintedPath:
    """A walk of chance around a seed, with its noise and its class; the same for the same seed."""
    label = space.sampler.label_of(seed, space.label)
    drawn = [derived_seed(seed, f"noise loop/{number}") for number in range(2 * harmonics)]
    latents = space.latents([seed, *drawn], label)
    curve = NoiseLoop(latents[0], latents[1:], space.centre(label), reach, space.normal_size)
    return PaintedPath(curve, lambda _position: seed, space.as_w)


class NoiseBetween:
    """The noise of keys, and between two of them that of both, mixed so that it stays as strong.

    Args:
        sampler: knows which noise its generator takes.
        keys: of each; after the last comes the first again.
        strengths: what each is multiplied by; 1 by default.
    """

    def __init__(self, sampler: Sampler, keys: Sequence[Noise], strengths: Sequence[float] = ()) -> None:
        self._sampler, self._keys = sampler, keys
        self._strengths = strengths or [1.0] * len(keys)

    def __call__(self, position: float) -> Noise:
        """The noise at a position."""
        share = position - int(position)
        here, there = (int(position + step) % len(self._keys) for step in (0, 1))
        strength = (1 - share) * self._strengths[here] + share * self._strengths[there]
        own, next_one = self._keys[here], self._keys[there]
        if share == 0.0 or own is next_one or (isinstance(own, int) and own == next_one):
            return mixed_noise(self._sampler, [(own, strength)])
        cosine, sine = cosine_and_sine(share)
        return mixed_noise(self._sampler, [(own, cosine * strength), (next_one, sine * strength)])


def mixed_noise(sampler: Sampler, parts: Sequence[tuple[Noise, float]]) -> Noise:
    """The sum of several noises, each times a weight.

    Args:
        sampler: knows which noise its generator takes.
        parts: noise and weight; squares that add up to 1 keep it standard normal.
    """
    first, weight = parts[0]
    shapes = sampler.generator.noise_shapes
    if not shapes or (len(parts) == 1 and weight == 1):
        return first
    whole = [(_maps(noise, tuple(shapes.items())) if isinstance(noise, int) else noise, by) for noise, by in parts]
    return {name: sum((by * maps[name] for maps, by in whole), torch.zeros(())) for name in shapes}


@functools.lru_cache(4)
def _maps(seed: int, shapes: tuple[tuple[str, tuple[int, int]], ...]) -> dict[str, Tensor]:
    """The noise of a seed, drawn once for all frames between two keys."""
    return {name: noise_of(seed, name, *size) for name, size in shapes}
