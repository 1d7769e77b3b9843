"""A drawn landscape that shows what a stylizer does, since nobody's photographs are handed on with it."""

from __future__ import annotations

import numpy as np
from PIL import Image

_SIDES_PX = (480, 320)
_SKY = ((46, 84, 150), (250, 190, 130))
_HILLS = (((96, 108, 140), 0.58, 0.07, 1.3), ((70, 100, 84), 0.70, 0.10, 2.4), ((44, 66, 48), 0.84, 0.06, 4.1))
"""Colour, height of the ridge from above, how far it swings, and how often."""
_SUN = ((255, 236, 190), (0.68, 0.36), 0.11)


def scene() -> Image.Image:
    """An evening sky, a sun and three hills; edges, gradients and fine texture for a style to take hold of."""
    width, height = _SIDES_PX
    y, x = np.mgrid[:height, :width] / height
    top, bottom = (np.array(colour, np.float64) for colour in _SKY)
    picture = top + (bottom - top) * np.clip(y / 0.75, 0, 1)[..., None] ** 1.4
    colour, (across, down), radius = _SUN
    distance = np.hypot(x - across * width / height, y - down)
    glow = np.exp(-np.clip(distance - radius, 0, None) * 7)[..., None]
    picture += (np.array(colour) - picture) * glow
    grain = np.random.default_rng(0).normal(size=(height, width, 1))
    for number, (colour, ridge, swing, often) in enumerate(_HILLS):
        line = ridge + swing * np.sin(often * x * 2 + number) + swing / 3 * np.sin(often * x * 7)
        inside = np.clip((y - line) * height, 0, 1)[..., None]
        shaded = np.array(colour) * (1.25 - (y - line)[..., None] * 1.5) + grain * 7
        picture += (shaded - picture) * inside
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
