"""Paths through latent space: from key to key, with corners or without, open or closed.

A standard normal latent in many dimensions lies near a sphere, and what lies inside it paints blurred averages. So
normal latents travel on spheres, direction and length apart (K. Shoemake, "Animating rotation with quaternion curves",
1985, for slerp and for the smooth curve; both hold in any dimension). Mapped latents w have no such shape and travel
in straight lines or along a Catmull-Rom curve.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

Way = Literal["spline", "slerp", "linear"]
"""How a path goes from key to key: bent around the keys, along arcs, or in straight lines."""

_SMALLEST_SINE = 1e-6


def slerp(start: Tensor, end: Tensor, share: float) -> Tensor:
    """The point at `share` of the way along the arc between two latents; its length is interpolated apart.

    Opposite latents have no shortest arc; they are joined by a straight line.

    Shape:
        (D,) each; the result is (D,).
    """
    length: Tensor = (1 - share) * start.norm() + share * end.norm()
    return _arc(_direction(start), _direction(end), share) * length


def lerp(start: Tensor, end: Tensor, share: float) -> Tensor:
    """The point at `share` of the way along the straight line between two latents.

    Shape:
        any, alike; the result is like them.
    """
    return start + share * (end - start)


@dataclass(frozen=True)
class LatentPath:
    """A path through key latents; every point is a function of its position alone.

    Position k is key k exactly. On a closed path of K keys, K is key 0 again.

    Attributes:
        keys: (K, ...) latents, at least two.
        normal_size: so many numbers at the beginning of a key are standard normal and travel on spheres.
        closed: the last key leads back to the first.
        way: only a spline has no corner at the keys. Where there is no sphere, arcs are straight lines.
    """

    keys: Tensor
    normal_size: int
    closed: bool = True
    way: Way = "spline"

    def __post_init__(self) -> None:
        if len(self.keys) < 2:
            raise ValueError("a path needs at least two keys")

    @property
    def length(self) -> int:
        """Where the path ends, in keys."""
        return len(self.keys) if self.closed else len(self.keys) - 1

    def at(self, position: float) -> Tensor:
        """The latent at a position in [0, length].

        Shape:
            like one key, float32.
        """
        last_start = self.length - 1
        start = int(position) % self.length if self.closed else min(int(position), last_start)
        share = position - int(position) if self.closed else position - start
        if share == 0.0:
            return self._key(start).float()
        around = [self._key(start + step) for step in (-1, 0, 1, 2)]
        normal = self._on_spheres([key[..., : self.normal_size] for key in around], share)
        mapped = self._through([key[..., self.normal_size :] for key in around], share)
        return torch.cat((normal, mapped), dim=-1).float()

    def _on_spheres(self, around: Sequence[Tensor], share: float) -> Tensor:
        before, here, there, after = around
        if not self._bends:
            return lerp(here, there, share) if self.way == "linear" else slerp(here, there, share)
        lengths = _catmull_rom(before.norm(), here.norm(), there.norm(), after.norm(), share)
        arc = _smooth_arc(_direction(before), _direction(here), _direction(there), _direction(after), share)
        return arc * lengths

    def _through(self, around: Sequence[Tensor], share: float) -> Tensor:
        before, here, there, after = around
        return _catmull_rom(before, here, there, after, share) if self._bends else lerp(here, there, share)

    @property
    def _bends(self) -> bool:
        """There and back there is nothing to bend around: a spline is an arc where both neighbours are one key."""
        return self.way == "spline" and not (self.closed and len(self.keys) == 2)

    def _key(self, index: int) -> Tensor:
        if self.closed:
            index %= len(self.keys)
        return self.keys[min(max(index, 0), len(self.keys) - 1)].double()


def _direction(latent: Tensor) -> Tensor:
    length: Tensor = latent.norm()
    return latent / length.clamp_min(torch.finfo(latent.dtype).tiny)


def _arc(start: Tensor, end: Tensor, share: float) -> Tensor:
    """Slerp between directions."""
    angle = torch.arccos((start * end).sum().clamp(-1, 1))
    sine = torch.sin(angle)
    if sine < _SMALLEST_SINE:
        return lerp(start, end, share)
    return (torch.sin((1 - share) * angle) * start + torch.sin(share * angle) * end) / sine


def _smooth_arc(before: Tensor, here: Tensor, there: Tensor, after: Tensor, share: float) -> Tensor:
    """Shoemake's spherical quadrangle curve: through both keys, with one speed and direction on either side of each."""
    chord = _arc(here, there, share)
    handles = _arc(_handle(before, here, there), _handle(here, there, after), share)
    return _direction(_arc(chord, handles, 2 * share * (1 - share)))


def _handle(before: Tensor, here: Tensor, after: Tensor) -> Tensor:
    """The inner point at a key that makes the curve smooth there."""
    pull = -(_toward(here, before) + _toward(here, after)) / 4
    angle = pull.norm()
    if angle < _SMALLEST_SINE:
        return here
    handle: Tensor = torch.cos(angle) * here + torch.sin(angle) * pull / angle
    return handle


def _toward(here: Tensor, there: Tensor) -> Tensor:
    """The sphere's logarithm: the tangent at `here` that leads to `there`, as long as the arc between them."""
    cosine = (here * there).sum().clamp(-1, 1)
    tangent = there - cosine * here
    length = tangent.norm()
    return torch.zeros_like(here) if length < _SMALLEST_SINE else tangent / length * torch.arccos(cosine)


def _catmull_rom(before: Tensor, here: Tensor, there: Tensor, after: Tensor, share: float) -> Tensor:
    """Uniform Catmull-Rom (1974): a cubic through `here` and `there` whose slope at each is that of its neighbours."""
    return here + 0.5 * share * (
        there
        - before
        + share * (2 * before - 5 * here + 4 * there - after + share * (3 * (here - there) + after - before))
    )
