"""Fonts of this machine, for letters that artgen's own do not have: names of pictures and of classes are in any script."""

from __future__ import annotations

import functools
import unicodedata

from PIL import ImageFont

_FILES = (
    # Linux
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJK-VF.otf.ttc",
    "SourceHanSans-Regular.ttc",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf",
    "NotoSansThai-Regular.ttf",
    "NotoSansArmenian-Regular.ttf",
    "NotoSansGeorgian-Regular.ttf",
    # macOS
    "Hiragino Sans GB.ttc",
    "PingFang.ttc",
    "AppleSDGothicNeo.ttc",
    "Arial Unicode.ttf",
    # Windows
    "YuGothR.ttc",
    "msyh.ttc",
    "malgun.ttf",
    "LeelawUI.ttf",
    "segoeui.ttf",
    "seguisym.ttf",
    # signs, and scripts of few letters
    "NotoSansSymbols2-Regular.ttf",
    "DejaVuSans.ttf",
)
"""Upright sans serifs that come with systems, in the order in which they are asked."""
_TRIED_AT_PX = 32
_NO_LETTER = "\U000f0000"
"""Of private use: it looks as every letter does that a font does not have."""


def has_letter(font: ImageFont.FreeTypeFont, letter: str) -> bool:
    """Whether a font has a letter, and no empty box in its place. Spaces are always there."""
    return letter.isspace() or bytes(font.getmask(letter)) != bytes(font.getmask(_NO_LETTER))


@functools.cache
def font_with(letter: str) -> str | None:
    """The file of the first font of this machine that has a letter.

    None where there is none, and for scripts that are written from the right: letter after letter they would be misspelt.
    """
    if unicodedata.bidirectional(letter) in {"R", "AL"}:
        return None
    for file in _FILES:
        font = _found(file)
        if font is not None and has_letter(font, letter):
            return str(font.path)
    return None


@functools.cache
def _found(file: str) -> ImageFont.FreeTypeFont | None:
    """Pillow looks into the folders where each system keeps its fonts."""
    try:
        return ImageFont.truetype(file, _TRIED_AT_PX)
    except OSError:
        return None
