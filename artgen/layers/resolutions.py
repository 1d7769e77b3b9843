"""Which resolutions a convolutional network works at, and how wide it is there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from artgen.contracts import PictureShape

_START_SIDE_PX = 4


@dataclass(frozen=True)
class Resolution:
    """One row of the table: a grid and the channels on it."""

    height: int
    width: int
    channels: int

    @property
    def name(self) -> str:
        """What layers of this grid are called after, such as ``8x8`` (width, then height)."""
        return f"{self.width}x{self.height}"


def resolutions(
    shape: PictureShape, *, width: int, max_width: int = 512, widths: Sequence[int] = ()
) -> list[Resolution]:
    """The table of a network for pictures of a shape, the coarsest grid first, the picture's own last.

    Each grid is half the next one, rounded up, down to a shorter side of about 4: 64×64 gives 4, 8, 16, 32, 64, and
    256×192 starts at 4×3. An odd side is doubled and cut by one pixel. The two finest grids have `width` channels,
    each coarser one twice as many, at most `max_width`; `widths` states them instead.

    Raises:
        ValueError: `widths` has not one entry per grid.
    """
    doublings = max(1, round(math.log2(min(shape.height, shape.width) / _START_SIDE_PX)))
    if not widths:
        widths = [min(max_width, width << max(0, level - 1)) for level in range(doublings, -1, -1)]
    if len(widths) != doublings + 1:
        grids = [f"{_halved(shape.width, n)}×{_halved(shape.height, n)}" for n in range(doublings, -1, -1)]
        raise ValueError(
            f"widths has {len(widths)} entries, but pictures of {shape.width}×{shape.height} are worked on at "
            f"{len(grids)} resolutions: {', '.join(grids)}"
        )
    return [
        Resolution(_halved(shape.height, times), _halved(shape.width, times), channels)
        for times, channels in zip(range(doublings, -1, -1), widths, strict=True)
    ]


def halvings(shape: PictureShape, *, width: int, max_width: int = 512, widths: Sequence[int] = ()) -> Sequence[int]:
    """Channels after each halving of a discriminator, the finest first: the table without the picture's own grid.

    Raises:
        ValueError: `widths` has not one entry per halving.
    """
    table = resolutions(shape, width=width, max_width=max_width)
    channels = [row.channels for row in reversed(table[:-1])]
    if widths and len(widths) != len(channels):
        raise ValueError(
            f"widths has {len(widths)} entries, but pictures of {shape.width}×{shape.height} go through "
            f"{len(channels)} convolutions"
        )
    return widths or channels


def stage_sizes(shape: PictureShape) -> list[int]:
    """Shorter sides of the grids that progressive growing may stop at, the coarsest first, the picture's own last."""
    return [min(row.height, row.width) for row in resolutions(shape, width=1)]


def check_stage_sizes(sizes: Sequence[int], shape: PictureShape) -> None:
    """Refuse stages of sizes that the network has no grid for.

    Raises:
        ValueError: some size is not one of `stage_sizes`.
    """
    possible = stage_sizes(shape)
    unknown = [str(size) for size in sizes if size not in possible]
    if unknown:
        raise ValueError(
            f"no stage has a shorter side of {' or '.join(unknown)} pixels: for pictures of "
            f"{shape.width}×{shape.height} the sizes are {', '.join(map(str, possible))}"
        )


def _halved(side_px: int, times: int) -> int:
    return -(-side_px >> times)
