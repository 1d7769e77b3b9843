"""Text on pictures.

The letters are Inter's (R. Andersson, rsms.me/inter): Latin with all its accents, Greek and Cyrillic; Pillow's own have no
accents. Other letters are those of a font of this machine that has them. Pillow sets letters on whole pixels, which leaves
uneven gaps; here small ones are set four times as large and made smaller.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from artgen.errors import DataError
from artgen.outputs.stills.letters.machine_fonts import font_with, has_letter

_FONT = Path(__file__).with_name("inter.otf")
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
        self._px = px * self._finer
        self._font = _read(font, self._px)
        self._lends = font is None

    def width(self, text: str) -> float:
        """Of a text, in pixels."""
        return sum(font.getlength(part) for font, part in self._parts(text)) / self._finer

    def write(
        self, image: Image.Image, at: tuple[float, float], text: str, colour: str | int, anchor: str = "la"
    ) -> None:
        """Write on a picture.

        Args:
            at: where the anchor is.
            anchor: of the text, in Pillow's words: "la" is its upper left, "rs" the right end of its baseline.
        """
        parts = self._parts(text)
        if len(parts) > 1 or any(font is not self._font for font, _ in parts):
            # several fonts have a baseline in common, and little else
            above, on_it = (self._font.getbbox("x", anchor=f"l{of}")[1] for of in (anchor[1], "s"))
            left = at[0] - {"l": 0.0, "m": 0.5, "r": 1.0}[anchor[0]] * self.width(text)
            at, anchor = (left, at[1] + (above - on_it) / self._finer), "ls"
        for font, part in parts:
            self._write(image, at, part, colour, anchor, font)
            at = at[0] + font.getlength(part) / self._finer, at[1]

    def _write(
        self,
        image: Image.Image,
        at: tuple[float, float],
        text: str,
        colour: str | int,
        anchor: str,
        font: ImageFont.FreeTypeFont,
    ) -> None:
        left, upper, right, lower = (edge / self._finer for edge in font.getbbox(text, anchor=anchor))
        first = math.floor(at[0] + left), math.floor(at[1] + upper)
        size = math.ceil(at[0] + right) - first[0] + 1, math.ceil(at[1] + lower) - first[1] + 1
        mask = Image.new("L", (size[0] * self._finer, size[1] * self._finer))
        place = ((at[0] - first[0]) * self._finer, (at[1] - first[1]) * self._finer)
        ImageDraw.Draw(mask).text(place, text, font=font, fill=255, anchor=anchor)
        image.paste(colour, first, mask.reduce(self._finer))

    def _parts(self, text: str) -> Sequence[tuple[ImageFont.FreeTypeFont, str]]:
        """A text as pieces of one font each, from left to right."""
        if not self._lends or text.isascii():
            return [(self._font, text)]
        files = [_file_with(letter) for letter in text]
        pieces = groupby(zip(files, text, strict=True), key=lambda one: one[0])
        return [
            (_read(Path(file), self._px) if file else self._font, "".join(letter for _, letter in piece))
            for file, piece in pieces
        ]


@functools.cache
def _file_with(letter: str) -> str:
    """The file of another font that has a letter; "" where artgen's has it, or nobody."""
    return "" if has_letter(_read(None, _SMALL_PX), letter) else font_with(letter) or ""


def letters_missing(text: str, font: Path | None = None) -> str:
    """Those of a text that would show as empty boxes, each once.

    Raises:
        DataError: the file is no font.
    """
    letters = _read(font, _SMALL_PX)
    return "".join(letter for letter in dict.fromkeys(text) if not has_letter(letters, letter))


@functools.cache
def lettering(px: int, font: Path | None = None) -> Lettering:
    """Text of a height; fonts are read once.

    Raises:
        DataError: the file is no font.
    """
    return Lettering(px, font)


@functools.cache
def _read(font: Path | None, px: int) -> ImageFont.FreeTypeFont:
    try:
        return ImageFont.truetype(font or _FONT, px)
    except OSError as error:
        raise DataError(
            f"'{font}' is no font that can be read", hint="fonts are TrueType or OpenType files: .ttf, .otf, .ttc"
        ) from error
