"""From picture to picture through the space of a generator, with a truncation and a noise of every frame's own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from artgen.errors import ArtgenError
from artgen.latents.interpolate import LatentPath, Way
from artgen.latents.paths import NoiseBetween, Point
from artgen.latents.sampler import Noise, Sampler
from artgen.latents.seeds import noise_of
from artgen.latents.truncation import truncate

_THIRDS = ("coarse", "middle", "fine")


@dataclass(frozen=True, eq=False)
class Walk:
    """A path through seeds; where nobody says how it is painted, a `Path` as artgen has them.

    Attributes:
        curve: of w, without truncation.
        means: what truncation pulls toward, beside it; each class has its own.
        noise: by position.
        shapes: of the noise inputs.
        layers: names of those that are stronger and weaker.
        usual_psi: of truncation, where nobody says another.
    """

    curve: LatentPath
    means: LatentPath
    noise: NoiseBetween
    shapes: Mapping[str, tuple[int, int]]
    layers: frozenset[str]
    usual_psi: float

    @property
    def length(self) -> int:
        """Where it ends, in keys."""
        return self.curve.length

    @property
    def closed(self) -> bool:
        """Whether it ends where it began."""
        return self.curve.closed

    def points(self, positions: Iterable[float]) -> Iterator[Point]:
        """What is usually painted at positions in [0, length]."""
        return (self.at(position, self.usual_psi, 1.0) for position in positions)

    def at(self, position: float, psi: float, strength: float) -> Point:
        """What is painted at a position.

        Args:
            position: in keys, from 0 to the length.
            psi: of truncation.
            strength: of the noise; 1 is that of the seeds.
        """
        w = truncate(self.curve.at(position), self.means.at(position), psi)
        return w, self._louder(self.noise(position), strength)

    def _louder(self, noise: Noise, strength: float) -> Noise:
        if strength == 1 or not self.layers:
            return noise
        maps = {k: noise_of(noise, k, *size) for k, size in self.shapes.items()} if isinstance(noise, int) else noise
        return {name: strength * grid if name in self.layers else grid for name, grid in maps.items()}


def walk_through(
    source: Sampler,
    seeds: Sequence[int],
    way: Way,
    *,
    closed: bool,
    label: int | None,
    layers: frozenset[str],
    usual_psi: float,
) -> Walk:
    """A path from seed to seed.

    Args:
        source: of the generator.
        seeds: of the keys.
        way: from key to key.
        closed: whether the last leads back to the first.
        label: the class, where there are classes; None for every seed's own.
        layers: names of the noise that changes.
        usual_psi: of truncation.
    """
    means = torch.stack([source.mean_w(source.label_of(seed, label)).cpu() for seed in seeds])
    return Walk(
        curve=LatentPath(source.points(seeds, label=label), source.normal_size, closed=closed, way=way),
        means=LatentPath(means, normal_size=0, closed=closed, way="linear"),
        noise=NoiseBetween(source, seeds),
        shapes=source.generator.noise_shapes,
        layers=layers,
        usual_psi=usual_psi,
    )


def noise_layers(names: Sequence[str], text: str, where: str) -> frozenset[str]:
    """The noise inputs that ``all``, ``coarse``, ``middle`` or ``fine`` mean, a third of all each, or such as ``0-3``.

    Args:
        names: of all, the coarsest first.
        text: what a job says.
        where: the place that says it, for errors.

    Raises:
        ArtgenError: it means none of them.
    """
    count = len(names)
    if text == "all" or not count:
        return frozenset(names)
    if text in _THIRDS:
        third = _THIRDS.index(text)
        return frozenset(names[round(third * count / 3) : round((third + 1) * count / 3)])
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    found = range(numbers[0], numbers[-1] + 1)
    if not found or found[-1] >= count:
        raise ArtgenError(
            f"'{text}' are no layers with noise of this generator",
            where=where,
            hint=f"Write all, coarse, middle or fine, or numbers from 0, the coarsest, to {count - 1}, such as '0-3'.",
        )
    return frozenset(names[number] for number in found)
