"""sRGB as it stands in files, and the light that it stands for (IEC 61966-2-1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from artgen.outputs.works import Pixels

Floats = NDArray[np.float32]


def to_light(pixels: Pixels) -> Floats:
    """(…, C) of 8 or 16 bits to linear light, 0…1 float32."""
    levels = np.iinfo(pixels.dtype).max
    table = np.arange(levels + 1, dtype=np.float64) / levels
    light = np.where(table <= 0.04045, table / 12.92, ((table + 0.055) / 1.055) ** 2.4).astype(np.float32)
    found: Floats = light[pixels]
    return found


def to_bytes(light: Floats) -> NDArray[np.uint8]:
    """Linear light to sRGB of 8 bits."""
    encoded = np.where(light <= 0.0031308, light * 12.92, 1.055 * np.maximum(light, 0.0031308) ** (1 / 2.4) - 0.055)
    return (encoded * 255 + 0.5).clip(0, 255).astype(np.uint8)
