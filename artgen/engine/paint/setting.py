"""What canvases are held against while they are painted at one size."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from torch import Tensor

from artgen.contracts import Painted
from artgen.engine.answers import checked_answer
from artgen.sight.demands import Demand, PixelDemand


@dataclass(frozen=True)
class Setting:
    """What the canvases of a group are held against at one size; tensors are (B, …).

    Attributes:
        canvases: B.
        size: height and width.
        content: (B, 3, H, W) straight colours; None for textures.
        alpha: (B, 1, H, W); None where everything is opaque.
        keep: (B, 1, H, W); None where nothing is kept.
        demands: the losses that look through the backbone or at statistics.
        pixel_demands: those that look at the pixels themselves.
        maps: the content's feature maps by layer.
    """

    canvases: int
    size: tuple[int, int]
    content: Tensor | None = None
    alpha: Tensor | None = None
    keep: Tensor | None = None
    demands: Sequence[Demand] = ()
    pixel_demands: Sequence[PixelDemand] = ()
    maps: Mapping[str, Tensor] = field(default_factory=dict)

    def parts(self, count: int) -> Iterator[tuple[slice, Setting]]:
        """The same for some of the canvases at a time."""
        for first in range(0, self.canvases, count):
            some = slice(first, first + count)
            demands = [
                replace(one, style=one.style and _some(one.style, some), weights=_some(one.weights, some))
                for one in self.demands
            ]
            yield some, replace(self, demands=demands, maps=_some(self.maps, some))

    @property
    def weights(self) -> dict[str, float]:
        """What each loss is multiplied by, by its name."""
        named: list[Demand | PixelDemand] = [*self.demands, *self.pixel_demands]
        return {demand.name: demand.weight for demand in named}


@dataclass(frozen=True)
class PictureStep:
    """All that a loss may ask for which looks at the pixels alone.

    Attributes:
        fake: the pictures, with history.
    """

    fake: Painted


def of_pixels(loss: Any, name: str, *, around: bool) -> Callable[[Tensor], Tensor]:
    """A loss that asks its step for nothing but the picture, as a function of it: (B, C, H, W) to (B,).

    Args:
        name: of the loss in the job.
        around: whether the picture's edges meet, which a loss may have a method `around` for.
    """
    torus = getattr(loss, "around", None) if around else None

    def value(picture: Tensor) -> Tensor:
        told = checked_answer(torus(picture) if torus else loss.for_generator(PictureStep(Painted(picture))), name)
        if told is None:
            return picture[:, :0].sum(dim=(1, 2, 3))  # 0, with history
        return told.expand(len(picture))

    return value


def _some(tensors: Mapping[str, Tensor], canvases: slice) -> dict[str, Tensor]:
    return {name: tensor[canvases] for name, tensor in tensors.items()}
