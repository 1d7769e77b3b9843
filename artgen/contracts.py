"""What components hand each other. Torch appears here in types only, so that reading a job never imports it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

Input = Literal["latent", "picture", "canvas"]
"""What a generator paints from: a latent vector, another picture, or itself (the picture is the parameter)."""

SIDE_MULTIPLE_PX = 8
SHORTEST_SIDE_PX = 16


@dataclass(frozen=True)
class PictureShape:
    """Width, height and channels (1 grey, 3 RGB, 4 RGBA) of every picture of a job, and how many classes there are.

    Both sides are multiples of 8 and at least 16 pixels; `artgen check` sees to it.

    Attributes:
        classes: 0 when the pictures are of one kind.
    """

    width: int
    height: int
    channels: int
    classes: int = 0

    @property
    def size_bytes(self) -> int:
        """Of one decoded picture, a byte for each channel of each pixel."""
        return self.width * self.height * self.channels

    def __str__(self) -> str:
        return f"{self.width}×{self.height}×{self.channels}"


def nearest_sides(side_px: int) -> tuple[int, ...]:
    """The allowed sides around a side that is not allowed; the side alone when it is allowed."""
    lower = max(SHORTEST_SIDE_PX, side_px // SIDE_MULTIPLE_PX * SIDE_MULTIPLE_PX)
    if lower == side_px or side_px < SHORTEST_SIDE_PX:
        return (lower,)
    return (lower, lower + SIDE_MULTIPLE_PX)


@dataclass
class Painted:
    """What a generator returns.

    Attributes:
        picture: (B, C, H, W) in [-1, 1]; RGBA is premultiplied.
        scales: smaller versions of it, finest first; empty but for multi-scale networks.
    """

    picture: Tensor
    scales: tuple[Tensor, ...] = ()

    def detach(self) -> Painted:
        """The same pictures without their history."""
        return Painted(self.picture.detach(), tuple(scale.detach() for scale in self.scales))


@dataclass
class Judged:
    """What a discriminator returns.

    Attributes:
        logits: one tensor per head, (B,) or (B, 1, h, w); above 0 means "real".
        features: named feature maps, filled only when a loss asks for them.
        decoded: named pictures decoded from the features, filled only when a loss asks for them.
    """

    logits: list[Tensor]
    features: Mapping[str, Tensor] = field(default_factory=dict)
    decoded: Mapping[str, Tensor] = field(default_factory=dict)
