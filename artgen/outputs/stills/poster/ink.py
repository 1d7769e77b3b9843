"""What is written on a poster: title, edition, signature, and where to cut."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artgen.colours import rgb_of
from artgen.errors import ArtgenError
from artgen.outputs.stills.letters.lettering import lettering
from artgen.outputs.stills.poster.layout import MARKS, PosterLayout, Rect
from artgen.outputs.stills.poster.lengths import pixels
from artgen.outputs.stills.poster.signature import signature_ink

if TYPE_CHECKING:
    from pathlib import Path

    from artgen.outputs.stills.config import PosterConfig

Page = NDArray[np.uint8]

_MARK = "5mm"
_HAIRLINE = "0.1mm"
_INSET = 0.6
"""Of a signature on the picture from its edges, in its own heights."""


def write_line(page: Page, layout: PosterLayout, config: PosterConfig, output: str) -> None:
    """Write under the pictures as on prints: the edition at the left, the title in the middle, the signature right.

    Raises:
        ArtgenError: there is no room for all of it.
        DataError: the signature is no picture.
    """
    parts = _texts(config)
    if config.signature != "none" and config.signature.position.startswith("below"):
        side = config.signature.position.removeprefix("below-")
        ink = signature_ink(config.signature, pixels(config.signature.height, config.dpi))
        parts = _with_signature(parts, side, ink)
    width, room = sum(part.width for part in parts.values()), layout.line.size[0]
    gap = pixels(config.text_height, config.dpi)
    needed = width + (len(parts) - 1) * gap
    if needed > room:
        raise ArtgenError(
            f"what is to stand under the picture takes {needed} pixels, and there are {room}",
            where=f"outputs.{output}",
            hint="Take a shorter title, or a smaller text_height or signature.",
        )
    for side, left in lefts_on_line({side: part.width for side, part in parts.items()}, room, gap).items():
        _lay(page, parts[side], layout.line.left + left, layout.line.upper)


def lefts_on_line(widths: dict[str, int], room: int, gap: int) -> dict[str, int]:
    """Where each part begins: the title in the middle of the line, or of what the others leave where it would touch."""
    lefts = {side: 0 if side == "left" else room - width for side, width in widths.items()}
    if "middle" in widths:
        first = widths["left"] + gap if "left" in widths else 0
        last = room - (widths["right"] + gap if "right" in widths else 0) - widths["middle"]
        middle = (room - widths["middle"]) // 2
        lefts["middle"] = middle if first <= middle <= last else (first + last) // 2
    return lefts


def write_on_pictures(page: Page, layout: PosterLayout, config: PosterConfig, output: str) -> None:
    """Sign in a corner of the last picture, where the signature is to be on it.

    Raises:
        ArtgenError: it is larger than the picture.
    """
    signature = config.signature
    if signature == "none" or signature.position.startswith("below"):
        return
    ink = signature_ink(signature, pixels(signature.height, config.dpi))
    place = _inside(layout.pictures[-1], layout.trim).grown(-round(_INSET * ink.height))
    if ink.width > place.size[0] or ink.height > place.size[1]:
        raise ArtgenError(
            f"the signature takes {ink.width}×{ink.height} pixels, which its picture does not have",
            where=f"outputs.{output}",
            hint="Take a smaller height of the signature, or put it below the picture.",
        )
    left = place.left if "left" in signature.position else place.right - ink.width
    upper = place.upper if "top" in signature.position else place.lower - ink.height
    _lay(page, ink, left, upper)


def crop_marks(page: Page, layout: PosterLayout, dpi: int) -> None:
    """Draw two lines at every corner, outside of what is printed."""
    long, wide = pixels(_MARK, dpi), max(1, pixels(_HAIRLINE, dpi))
    edge = layout.trim.left
    near = edge - layout.bleed - (pixels(MARKS, dpi) - long) // 2
    width, height = layout.size
    for x in (layout.trim.left, layout.trim.right - wide):
        page[near - long : near, x : x + wide] = 0
        page[height - near : height - near + long, x : x + wide] = 0
    for y in (layout.trim.upper, layout.trim.lower - wide):
        page[y : y + wide, near - long : near] = 0
        page[y : y + wide, width - near : width - near + long] = 0


def _texts(config: PosterConfig) -> dict[str, Image.Image]:
    """By where they stand: the edition left, the title in the middle, or left where it stands alone with a signature."""
    ink, height = rgb_of(config.ink), pixels(config.text_height, config.dpi)
    return {
        side: _text(text, height, ink, config.font)
        for side, text in (("left", config.edition), ("middle", config.title))
        if text
    }


def _with_signature(parts: dict[str, Image.Image], side: str, ink: Image.Image) -> dict[str, Image.Image]:
    """The edition goes to the other side where a signature is at the left."""
    if side == "left" and "left" in parts:
        parts = {("right" if where == "left" else where): part for where, part in parts.items()}
    return {**parts, side: ink}


def _text(text: str, height: int, ink: tuple[int, int, int], font: Path | None) -> Image.Image:
    """A line of text as ink, RGBA; the height is that of its letters with what goes above and below."""
    letters = lettering(height, font)
    mask = Image.new("L", (math.ceil(letters.width(text)) + 1, round(height * 1.4)))
    letters.write(mask, (0, height), text, 255, "ls")
    image = Image.new("RGBA", mask.size, ink)
    image.putalpha(mask)
    return image


def _lay(page: Page, ink: Image.Image, left: int, upper: int) -> None:
    """Ink over what is on the page; what would stand beyond its edge is left out."""
    spot = _inside(Rect(left, upper, left + ink.width, upper + ink.height), Rect(0, 0, page.shape[1], page.shape[0]))
    if min(spot.size) <= 0:
        return
    part = ink.crop((spot.left - left, spot.upper - upper, spot.right - left, spot.lower - upper))
    into = page[spot.upper : spot.lower, spot.left : spot.right]
    under = Image.fromarray(np.ascontiguousarray(into))
    under.paste(part, (0, 0), part)
    into[:] = np.asarray(under)


def _inside(rect: Rect, other: Rect) -> Rect:
    return Rect(
        max(rect.left, other.left),
        max(rect.upper, other.upper),
        min(rect.right, other.right),
        min(rect.lower, other.lower),
    )
