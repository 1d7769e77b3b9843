"""Pictures inside each other, seen from any nearness."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image, ImageChops

from artgen.outputs.stills.images import as_image

if TYPE_CHECKING:
    from artgen.latents.sampler import Picture

_LEAST_PX = 2
_MASK_PX = 512
_SQUARE = 4
"""Of the shape that pictures melt away to: 2 is an ellipse, the larger the more a rectangle."""


@dataclass(frozen=True)
class Nested:
    """How pictures are inside each other: each, `factor` times smaller, in the one before it.

    Attributes:
        size: width and height of what is seen.
        factor: above 1.
        focus: the point that all have in common, as shares of the sides, inside them.
        softness: how far from its edge a picture melts into the one around it, from 0 to below 1.
        background: (R, G, B, alpha) behind transparent pictures.
        resample: how pictures are made larger and smaller.
    """

    size: tuple[int, int]
    factor: float
    focus: tuple[float, float]
    softness: float
    background: tuple[int, int, int, int]
    resample: Image.Resampling

    def visible(self, nearness: float) -> range:
        """The numbers of the pictures that can be seen when picture `nearness` fills all there is to see.

        The first is the last whose soft edge is outside.
        """
        behind = math.log(2 ** (1 / _SQUARE) / (1 - self.softness)) / math.log(self.factor)
        smallest = math.log(min(self.size) / _LEAST_PX) / math.log(self.factor)
        return range(math.floor(nearness - behind), math.floor(nearness + smallest) + 1)

    def frame(self, nearness: float, picture: Callable[[int], Picture]) -> Picture:
        """What is seen.

        Args:
            nearness: whole numbers are pictures that fill all there is to see; between them the next one grows.
            picture: by number.
        """
        images = {number: as_image(picture(number)) for number in self.visible(nearness)}
        see_through = not self.background[3] or any(image.mode == "RGBA" for image in images.values())
        mode = "RGBA" if see_through else "RGB"
        seen = Image.new(mode, self.size, self.background[: len(mode)])
        for number, image in images.items():
            whole = number == min(images)
            self._lay(seen, image.convert(mode), self.factor ** (nearness - number), whole=whole)
        return np.asarray(seen)

    def _lay(self, seen: Image.Image, image: Image.Image, zoom: float, *, whole: bool) -> None:
        """Lay a picture over what is there; the outermost has no edge to melt at."""
        across, down = (self._span(axis, zoom) for axis in (0, 1))
        size = across.stop - across.start, down.stop - down.start
        if min(size) < 1:
            return

        def cut(source: Image.Image) -> Image.Image:
            box = (
                across.first * source.width,
                down.first * source.height,
                across.last * source.width,
                down.last * source.height,
            )
            return source.resize(size, self.resample, box=box)

        laid, place = cut(image), (across.start, down.start)
        edge = None if whole else cut(self._mask)
        if seen.mode == "RGB":
            seen.paste(laid, place, edge)
            return
        if edge:
            laid.putalpha(ImageChops.multiply(laid.getchannel("A"), edge))
        seen.alpha_composite(laid, place)

    def _span(self, axis: int, zoom: float) -> _Span:
        """Which whole pixels a picture covers along an axis, and the shares of it that are there."""
        side, focus = self.size[axis], self.focus[axis]
        begin, length = side * focus * (1 - zoom), side * zoom
        start, stop = max(0, math.ceil(begin)), min(side, math.floor(begin + length))
        return _Span(start, stop, max(0.0, (start - begin) / length), min(1.0, (stop - begin) / length))

    @functools.cached_property
    def _mask(self) -> Image.Image:
        """White where a picture is itself, black at its edge, which is as far from the focus on all sides."""
        places = (np.arange(_MASK_PX) + 0.5) / _MASK_PX
        across, down = (np.where(places < at, (at - places) / at, (places - at) / (1 - at)) for at in self.focus)
        far = (across[None, :] ** _SQUARE + down[:, None] ** _SQUARE) ** (1 / _SQUARE)
        share = np.clip((1 - far) / max(self.softness, 1 / _MASK_PX), 0, 1)
        return Image.fromarray(np.round(255 * share**2 * (3 - 2 * share)).astype(np.uint8))


class _Span(NamedTuple):
    start: int
    stop: int
    first: float
    last: float
