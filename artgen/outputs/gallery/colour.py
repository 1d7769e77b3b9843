"""The mean colour of a picture as people see it, and an order of colours.

Source:
    Björn Ottosson, "A perceptual color space for image processing", 2020.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from artgen.outputs.stills.light import to_light

Oklab = tuple[float, float, float]
"""Lightness 0 to 1, green to red, blue to yellow."""

_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_NO_HUE = 0.03
"""Under this chroma a colour is a grey."""


def mean_oklab(picture: NDArray[np.uint8]) -> Oklab:
    """The mean of all light that a picture sends; what is transparent sends none.

    Shape:
        (H, W, 4), straight alpha
    """
    seen = picture[..., 3].astype(np.float64)
    light = np.tensordot(seen, to_light(picture[..., :3]), axes=2) / max(seen.sum(), 1)
    lightness, a, b = _TO_LAB @ np.cbrt(_TO_CONES @ light)
    return round(float(lightness), 4), round(float(a), 4), round(float(b), 4)


def place_in_order(colour: Oklab) -> float:
    """Greys from dark to light at -1 to 0, then around the colour circle from 0 to 1, beginning at red."""
    lightness, a, b = colour
    if math.hypot(a, b) < _NO_HUE:
        return lightness - 1
    return math.atan2(b, a) / math.tau % 1
