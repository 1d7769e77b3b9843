"""Text on pictures.

The letters are Inter's (R. Andersson, rsms.me/inter): Latin with all its accents, Greek and Cyrillic; Pillow's own have no
accents. Pillow sets letters on whole pixels, which leaves uneven gaps; here small ones are set four times as large and
made smaller.
"""

from __future__ import annotations

import functools
import math
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from artgen.errors import DataError

_FONT = Path(__file__).with_name("inter.otf")
_NO_LETTER = "\U000f0000"
"""Of private use: it looks as every letter does that a font does not have."""
_FINER = 4
_SMALL_PX = 128


class Lettering:
    """Text of one height.

    Args:
        px: height of the letters with what goes above and below.
        font: a file of the user's with other letters than Inter's.

    Raises:
        DataError: the file is no font.
    """

    def __init__(self, px: int, font: Path | None = None) -> None:
        self._finer = _FINER if px <= _SMALL_PX else 1
        self._font = _read(font, px * self._finer)

    def width(self, text: str) -> float:
        """Of a text, in pixels."""
        return self._font.getlength(text) / self._finer

    def write(
        self, image: Image.Image, at: tuple[float, float], text: str, colour: str | int, anchor: str = "la"
    ) -> None:
        """Write on a picture.

        Args:
            at: where the anchor is.
            anchor: of the text, in Pillow's words: "la" is its upper left, "rs" the right end of its baseline.
        """
        left, upper, right, lower = (edge / self._finer for edge in self._font.getbbox(text, anchor=anchor))
        first = math.floor(at[0] + left), math.floor(at[1] + upper)
        size = math.ceil(at[0] + right) - first[0] + 1, math.ceil(at[1] + lower) - first[1] + 1
        mask = Image.new("L", (size[0] * self._finer, size[1] * self._finer))
        place = ((at[0] - first[0]) * self._finer, (at[1] - first[1]) * self._finer)
        ImageDraw.Draw(mask).text(place, text, font=self._font, fill=255, anchor=anchor)
        image.paste(colour, first, mask.reduce(self._finer))


def letters_missing(text: str, font: Path | None = None) -> str:
    """Those of a text that would show as empty boxes, each once.

    Raises:
        DataError: the file is no font.
    """
    letters = _read(font, _SMALL_PX)
    box = bytes(letters.getmask(_NO_LETTER))
    return "".join(letter for letter in dict.fromkeys(text) if letter != " " and bytes(letters.getmask(letter)) == box)


@functools.cache
def lettering(px: int, font: Path | None = None) -> Lettering:
    """Text of a height; fonts are read once.

    Raises:
        DataError: the file is no font.
    """
    return Lettering(px, font)


def _read(font: Path | None, px: int) -> ImageFont.FreeTypeFont:
    try:
        return ImageFont.truetype(font or _FONT, px)
    except OSError as error:
        raise DataError(
            f"'{font}' is no font that can be read", hint="fonts are TrueType or OpenType files: .ttf, .otf, .ttc"
        ) from error
