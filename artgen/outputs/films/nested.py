"""Pictures inside each other, seen from any nearness."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image

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
        smallest = math.log(min(self.size) / _LEAST_PX) / math.log(self.factor)
        return range(self._outermost(nearness)[0], math.floor(nearness + smallest) + 1)

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
        first, going = self._outermost(nearness)
        for number, image in images.items():
            hidden = going if number == first + 1 else 0.0
            zoom = self.factor ** (nearness - number)
            self._lay(seen, image.convert(mode), zoom, whole=number == first, hidden=hidden)
        return np.asarray(seen)

    def _outermost(self, nearness: float) -> tuple[int, float]:
        """The number of the outermost picture that can be seen, and how far it is on its way out, from 0 to 1."""
        last = nearness - math.log(2 ** (1 / _SQUARE) / (1 - self.softness)) / math.log(self.factor)
        return math.floor(last), last - math.floor(last)

    def _lay(self, seen: Image.Image, image: Image.Image, zoom: float, *, whole: bool, hidden: float) -> None:
        """Lay a picture over what is there.

        Args:
            whole: it is the outermost, which has no edge to melt at.
            hidden: share of what is behind it that has become the background: what shows through transparent places is
                gone before the picture that it belongs to is.
        """
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
        there = seen.crop((*place, across.stop, down.stop))
        under = there.convert("RGBa")  # colours to be mixed count as much as can be seen of them
        if hidden:
            nothing = Image.new("RGBA", there.size, self.background).convert("RGBa")
            there = Image.blend(under, nothing, hidden * hidden * (3 - 2 * hidden)).convert("RGBA")
        under.paste(Image.alpha_composite(there, laid).convert("RGBa"), (0, 0), edge)
        seen.paste(under.convert("RGBA"), place)

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
