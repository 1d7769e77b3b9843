"""How wide StyleGAN2's networks are at each resolution (T. Karras et al., stylegan2-ada, 2020, configuration `auto`)."""

from __future__ import annotations

from artgen.contracts import PictureShape
from artgen.layers.resolutions import Resolution, resolutions

_COARSEST_PX = 4
_LARGE_PX = 512
_PIXEL_CHANNELS = 16384
_LARGE_PIXEL_CHANNELS = 32768
_MULTIPLE = 8


def stylegan_table(shape: PictureShape, *, width: float, max_width: int) -> list[Resolution]:
    """The table of a network for pictures of a shape, the coarsest grid first.

    Channels halve with every doubling: 16384 over the pixels of a side (32768 for pictures of 512 pixels and more),
    times `width`, in multiples of 8 and at most `max_width`. With width 1 that is 512 up to 32 pixels, 256 at 64, 128
    at 128 and 64 at 256. A side counts as the power of two that its place in the table stands for, so that networks
    for 64 and 128 pixels agree where both have a grid.
    """
    steps = len(resolutions(shape, width=1))
    large = _COARSEST_PX << (steps - 1) >= _LARGE_PX
    budget = (_LARGE_PIXEL_CHANNELS if large else _PIXEL_CHANNELS) * width
    sides_px = [_COARSEST_PX << step for step in range(steps)]
    widths = [min(max_width, max(1, round(budget / side_px / _MULTIPLE)) * _MULTIPLE) for side_px in sides_px]
    return resolutions(shape, width=1, widths=widths)
