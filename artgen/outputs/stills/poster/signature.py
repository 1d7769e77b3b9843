"""A signature as ink: how much of it there is at every pixel, and of what colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artgen.colours import rgb_of
from artgen.data.decode import open_picture, plain_reasons
from artgen.data.headers import told_of

if TYPE_CHECKING:
    from artgen.outputs.stills.config import Signature

_FAINT = 0.06
"""Of scanned paper: less ink than this is none."""


def signature_ink(signature: Signature, height: int) -> Image.Image:
    """The signature, so many pixels high, without the paper around it.

    Returns:
        RGBA.

    Raises:
        DataError: the file gives no picture.
    """
    with told_of(signature.picture), signature.picture.open("rb") as file, plain_reasons():
        image = open_picture(file).convert("RGBA")
    ink = np.asarray(image).astype(np.float32) / np.float32(255)
    if ink[..., 3].min() == 1:
        ink = _without_paper(ink)
    if signature.color != "none":
        ink[..., :3] = np.array(rgb_of(signature.color), np.float32) / 255
    rows, columns = np.nonzero(ink[..., 3] > _FAINT)
    if len(rows):
        ink = ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    written = Image.fromarray((ink * 255).round().astype(np.uint8))
    width = max(1, round(written.width * height / written.height))
    return written.convert("RGBa").resize((width, height), Image.Resampling.LANCZOS).convert("RGBA")


def _without_paper(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Opaque ink on white as ink alone: on white it looks as it did."""
    amount = 1 - picture[..., :3].min(-1, keepdims=True)
    amount[amount < _FAINT] = 0
    colour = (picture[..., :3] - (1 - amount)) / np.maximum(amount, 1e-6)
    return np.concatenate((colour.clip(0, 1), amount), -1)
