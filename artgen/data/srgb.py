"""The one colour space that pictures are painted in: its profile, and how light its colours are. Imports no torch."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

_DATE = slice(24, 36)
"""Where an ICC profile says when it was made: six big-endian numbers of two bytes, from the year to the second."""
_FIXED_DATE = b"".join(number.to_bytes(2, "big") for number in (2000, 1, 1, 0, 0, 0))


@functools.cache
def srgb_profile() -> bytes:
    """An ICC profile of sRGB, the same at all times, so that the same picture is the same file."""
    from PIL import ImageCms

    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[_DATE] = _FIXED_DATE
    return bytes(profile)


def luminance(colours: Tensor) -> Tensor:
    """How light colours are: luma with the weights of sRGB's primaries (ITU-R BT.709), exact for greys.

    Shape:
        (B, 3, H, W) to (B, 1, H, W), in the same range
    """
    red, green, blue = colours[:, 0:1], colours[:, 1:2], colours[:, 2:3]
    return green + 0.2126 * (red - green) + 0.0722 * (blue - green)
