"""Several pictures side by side as one frame of a film."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from artgen.colours import rgb_of

if TYPE_CHECKING:
    from artgen.contracts import PictureShape
    from artgen.latents.sampler import Picture
    from artgen.outputs.films.config import SeveralConfig

SHOWN_AT_PX = 1024
"""Of the long side of a frame, at least."""
_WIDE = 16 / 9


@dataclass(frozen=True)
class Mosaic:
    """Where the pictures are.

    Attributes:
        count: how many there are.
        columns: in a row.
        shape: of each.
        gap: pixels between them and around them.
        background: (R, G, B, alpha) of the gaps.
    """

    count: int
    columns: int
    shape: PictureShape
    gap: int
    background: tuple[int, int, int, int]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a frame."""
        across, down = self._steps
        return self.columns * across + self.gap, -(-self.count // self.columns) * down + self.gap

    def frames(self, pictures: Iterable[Picture]) -> Iterator[Picture]:
        """The frames that pictures make, which come row by row, frame by frame."""
        coming = iter(pictures)
        while shown := list(islice(coming, self.count)):
            yield self._frame(shown)

    def _frame(self, pictures: list[Picture]) -> Picture:
        width, height = self.size
        across, down = self._steps
        channels = 4 if self.shape.channels == 4 or not self.background[3] else 3
        frame: Picture = np.empty((height, width, channels), np.uint8)
        frame[:] = self.background[:channels]
        for index, picture in enumerate(pictures):
            row, column = divmod(index, self.columns)
            top, left = self.gap + row * down, self.gap + column * across
            place = frame[top : top + self.shape.height, left : left + self.shape.width]
            place[:, :, :3] = picture[:, :, :3]
            place[:, :, 3:] = picture[:, :, 3:] if picture.shape[2] == 4 else 255
        return frame

    @property
    def _steps(self) -> tuple[int, int]:
        return self.shape.width + self.gap, self.shape.height + self.gap


def mosaic_of(config: SeveralConfig, count: int, shape: PictureShape) -> Mosaic:
    """Where the pictures of a film are."""
    background = (255, 255, 255, 0) if config.background == "transparent" else (*rgb_of(config.background), 255)
    return Mosaic(
        count=count,
        columns=min(config.columns, count) or _columns(count, shape),
        shape=shape,
        gap=round(config.gap * min(shape.width, shape.height)),
        background=background,
    )


def _columns(count: int, shape: PictureShape) -> int:
    """As many as make full rows and the shape of a screen, or nearly so."""
    wanted = max(1.0, math.sqrt(count * _WIDE * shape.height / shape.width))
    full = [columns for columns in range(1, count + 1) if count % columns == 0]
    near = [columns for columns in full if 0.5 <= columns / wanted <= 1.75]
    return min(near, key=lambda columns: abs(math.log(columns / wanted))) if near else max(1, round(wanted))
