"""A page of pictures in rows: where everything stands on it, and how it is put there."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from PIL import Image, ImageDraw

from artgen.outputs.stills.letters.lettering import Lettering, lettering

COLOUR = (251, 250, 247)
_INK = "#2b2926"
_PALE_INK = "#746f67"

_WORDS = r"\s+|\S+"
_PARTS = r"\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![^\s,\]}'\"])|[^\s=.,/_-]*[=.,/_-]+|[^\s=.,/_-]+"
"""Of a word: numbers, and what ends in a sign."""


@dataclass(frozen=True)
class Layout:
    """Where everything stands on a sheet; all in pixels.

    Attributes:
        widths: of the columns.
        heights: of the rows, without their labels.
        lines: of text under each row.
        titled: whether a line stands above all.
    """

    widths: tuple[int, ...]
    heights: tuple[int, ...]
    lines: tuple[int, ...]
    titled: bool

    @classmethod
    def of(cls, sizes: Sequence[tuple[int, int]], lines: Sequence[int], columns: int, *, titled: bool) -> Layout:
        """Places for pictures of these sizes with so many lines of text under each, in their order."""
        rows = [slice(first, first + columns) for first in range(0, len(sizes), columns)]
        return cls(
            widths=tuple(max(width for width, _ in sizes[column::columns]) for column in range(columns)),
            heights=tuple(max(height for _, height in sizes[row]) for row in rows),
            lines=tuple(max(lines[row]) for row in rows),
            titled=titled,
        )

    @property
    def tile(self) -> tuple[int, int]:
        """Width and height of the largest place; all else is in proportion to it."""
        return max(self.widths), max(self.heights)

    @cached_property
    def text_px(self) -> int:
        """Height of the labels."""
        return text_px(self.tile)

    @cached_property
    def line_px(self) -> int:
        """From one line of a label to the next."""
        return round(self.text_px * 1.35)

    @cached_property
    def gutter(self) -> int:
        """Between two pictures."""
        return max(2, round(min(self.tile) * 0.09))

    @cached_property
    def margin(self) -> int:
        """Around all."""
        return max(8, round(min(self.tile) * 0.5))

    @property
    def _head(self) -> int:
        return self.margin + (round(self.text_px * 3.4) if self.titled else 0)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the page."""
        width = sum(self.widths) + (len(self.widths) - 1) * self.gutter
        height = sum(self.heights) + sum(self.lines) * self.line_px + (len(self.heights) - 1) * self.gutter
        return self.margin + width + self.margin, self._head + height + self.margin

    @property
    def megapixels(self) -> float:
        """Of the page."""
        return math.prod(self.size) / 1e6

    def box(self, index: int) -> tuple[int, int, int, int]:
        """A place for a picture: left, upper, right, lower."""
        row, column = divmod(index, len(self.widths))
        left = self.margin + sum(self.widths[:column]) + column * self.gutter
        above = sum(self.heights[:row]) + sum(self.lines[:row]) * self.line_px
        upper = self._head + above + row * self.gutter
        return left, upper, left + self.widths[column], upper + self.heights[row]


class Paper:
    """A page that is being filled.

    Attributes:
        image: the page, RGB.
    """

    def __init__(self, layout: Layout) -> None:
        self.image = Image.new("RGB", layout.size, COLOUR)
        self._layout = layout
        self._small = lettering(layout.text_px)

    def title(self, title: str, note: str = "") -> None:
        """Write the line above all, smaller where it is long; the note at its end is left out where there is no room."""
        layout = self._layout
        baseline = layout.margin + round(layout.text_px * 1.5)
        right = layout.size[0] - layout.margin
        room = right - layout.margin
        px = layout.text_px * 2
        large = lettering(max(layout.text_px, min(px, int(px * room / max(lettering(px).width(title), 1)))))
        title = _shortened(title, large, room)
        large.write(self.image, (layout.margin, baseline), title, _INK, "ls")
        if note and layout.margin + large.width(title) + layout.text_px * 2 < right - self._small.width(note):
            self._small.write(self.image, (right, baseline), note, _PALE_INK, "rs")

    def picture(self, index: int, image: Image.Image) -> None:
        """Put a picture into the lower left of a place, where its label begins."""
        left, _, _, lower = self._layout.box(index)
        self.image.paste(image, (left, lower - image.height), image if image.mode == "RGBA" else None)

    def label(self, index: int, lines: Sequence[str]) -> None:
        """Write under a place; what is too wide for it is cut short."""
        layout = self._layout
        left, _, right, lower = layout.box(index)
        below = lower + round(layout.text_px * 0.3)
        for line in lines:
            if text := _shortened(line, self._small, right - left):
                self._small.write(self.image, (left, below), text, _PALE_INK)
            below += layout.line_px

    def beside(self, index: int, text: str) -> None:
        """Write in a place that holds nothing else, toward what is at its right, half way up."""
        _, upper, right, lower = self._layout.box(index)
        self._small.write(self.image, (right, (upper + lower) / 2), text, _PALE_INK, "rm")

    def frame(self, index: int) -> None:
        """Draw a line around a picture, in the gap between it and its neighbours."""
        left, upper, right, lower = self._layout.box(index)
        gap, wide = max(1, self._layout.gutter // 4), max(1, self._layout.gutter // 5)
        box = (left - gap - wide, upper - gap - wide, right + gap + wide - 1, lower + gap + wide - 1)
        ImageDraw.Draw(self.image).rectangle(box, outline=_INK, width=wide)


def text_px(tile: tuple[int, int]) -> int:
    """Height of the text under pictures of a size."""
    return max(9, round(max(tile) * 0.085))


def resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """A picture at another size."""
    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS)


def good_columns(count: int, tile: tuple[int, int]) -> int:
    """Columns that make a page a little wider than high, with a full last row where one is near."""
    wanted = 1.1 * math.sqrt(count * tile[1] / tile[0])
    near = range(max(1, math.ceil(wanted * 0.75)), int(wanted * 1.33) + 1)
    full = [columns for columns in near if count % columns == 0]
    return min(full, key=lambda columns: abs(math.log(columns / wanted))) if full else max(1, round(wanted))


def wrapped(text: str, text_px: int, width_px: int) -> list[str]:
    """A text as lines that are not too wide, broken at spaces.

    A word that is too wide alone is broken after signs, though in no number, and only what is still too wide anywhere.
    """
    letters = lettering(text_px)
    lines = [""]

    def put(piece: str, finer: Sequence[str]) -> None:
        if letters.width(lines[-1] + piece) <= width_px:
            lines[-1] += piece
        elif finer and letters.width(piece) > width_px:
            for part in re.findall(finer[0], piece):
                put(part, finer[1:])
        else:
            lines.append(piece.lstrip())

    put(text, (_WORDS, _PARTS, r"\S"))
    return [line.rstrip() for line in lines if line.strip()]


def _shortened(text: str, letters: Lettering, width_px: int) -> str:
    """As much of a text as there is room for; what stands before a dot comes first, and no number is cut to another."""
    head, dot, tail = text.rpartition(" · ")
    if letters.width(text) <= width_px or (tail.isdecimal() and not dot):
        return text
    for length in range(len(tail) - 1, 0, -1):
        shown = f"{head}{dot}{tail[:length]}…"
        if letters.width(shown) <= width_px:
            return shown
    return _shortened(head, letters, width_px) if dot else text[:1]
