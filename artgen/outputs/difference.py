"""How far two pictures differ, pixel by pixel."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from artgen.data.decode import is_deep, open_picture, plain_reasons
from artgen.data.deep import deep_is_installed, deep_pixels
from artgen.data.headers import told_of
from artgen.outputs.containers import ContainerError, take_apart
from artgen.outputs.stills.images import on_white
from artgen.outputs.works import Pixels

KEEPS_PIXELS = frozenset({"PNG", "TIFF", "BMP", "GIF"})


@dataclass(frozen=True)
class Difference:
    """Between two pictures of one size.

    Attributes:
        largest: of all channels of all pixels, in levels.
        mean: likewise.
        share: of the pixels that differ at all, 0 to 1.
        levels: the brightest there is: 255, or 65535.
    """

    largest: int
    mean: float
    share: float
    levels: int

    def __str__(self) -> str:
        if not self.largest:
            return "it differs by 0: every pixel is the same"
        return (
            f"it differs by at most {self.largest} of {self.levels} levels, {self.mean:.3g} on average, "
            f"in {100 * self.share:.3g} % of its pixels"
        )


def read_pixels(path: Path) -> tuple[Pixels, str]:
    """The pixels of a file as they stand in it, and its format; 16 bits where it has them and the extra `deep` is there.

    Raises:
        DataError: it gives no picture.
    """
    with told_of(path), plain_reasons():
        data = path.read_bytes()
        with contextlib.suppress(ContainerError):  # whatever else Pillow reads
            data = take_apart(data)[1].rest  # without what could harm
        file = io.BytesIO(data)
        image = open_picture(file)
        if is_deep(image) and deep_is_installed() and (pixels := deep_pixels(file, image)) is not None:
            return pixels, str(image.format)
        mode = image.mode if image.mode in {"L", "RGB", "RGBA"} else "RGBA" if image.has_transparency_data else "RGB"
        shallow = np.asarray(image.convert(mode), np.uint8)
        return shallow.reshape(*shallow.shape[:2], -1), str(image.format)


def difference(one: Pixels, other: Pixels) -> Difference | None:
    """How far two pictures of the same depth differ; None when their sizes do.

    Where one of them has no transparency, or no colours, both are compared as they look on white, with 8 bits.
    """
    if one.shape[:2] != other.shape[:2]:
        return None
    if one.shape != other.shape:
        one, other = on_white(one), on_white(other)
    apart = np.abs(one.astype(np.int32) - other.astype(np.int32))
    return Difference(
        int(apart.max()), float(apart.mean()), float(apart.any(axis=2).mean()), int(np.iinfo(one.dtype).max)
    )
