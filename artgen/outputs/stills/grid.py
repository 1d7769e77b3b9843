"""A page of pictures in rows and columns that each mean something, which is said at their heads."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from artgen.errors import InterruptedRun
from artgen.outputs.stills.images import as_image
from artgen.outputs.stills.letters.lettering import lettering
from artgen.outputs.stills.page import check_that_it_fits
from artgen.outputs.stills.paper import Layout, Paper, resized, text_px

if TYPE_CHECKING:
    from artgen.contracts import PictureShape
    from artgen.latents.sampler import Picture
    from artgen.runs.store import Run

SHOWN_AT_PX = 128


@dataclass(frozen=True)
class Heads:
    """What stands before every row, or above every column.

    Attributes:
        texts: a short one for each.
        pictures: likewise, or none.
    """

    texts: Sequence[str]
    pictures: Sequence[Picture] = ()


@dataclass(frozen=True)
class Grid:
    """A page before its pictures are there.

    Attributes:
        size: width and height of a picture on it.
        above: heads of the columns.
        beside: heads of the rows.
        title: stands on top; empty for nothing.
        note: at the end of the same line.
        framed: number of the picture that has a line around it; None for none.
    """

    size: tuple[int, int]
    above: Heads
    beside: Heads
    title: str = ""
    note: str = ""
    framed: int | None = None

    def drawn(self, pictures: Iterable[Picture], run: Run, output: str) -> Image.Image:
        """The page.

        Args:
            pictures: row by row.
            run: asked whether to stop.
            output: name of the output in the job.

        Raises:
            InterruptedRun: the user asked to stop.
            ArtgenError: it would be too large, or a picture cannot be painted.
        """
        layout = self._layout()
        check_that_it_fits(layout, len(self.above.texts) * len(self.beside.texts), output, "Take a smaller tile_px.")
        paper = Paper(layout)
        if self.title:
            paper.title(self.title, self.note)
        self._write_heads(paper)
        for index, picture in enumerate(pictures):
            if run.interrupted():
                raise InterruptedRun("stopped before the page was full", hint="The same command makes it anew.")
            row, column = divmod(index, len(self.above.texts))
            place = self._place(row, column)
            paper.picture(place, resized(as_image(picture), self.size))
            if index == self.framed:
                paper.frame(place)
        return paper.image

    @property
    def _head_rows(self) -> int:
        """Of the texts, and of the pictures where there are some."""
        return 1 + bool(self.above.pictures)

    @property
    def _head_columns(self) -> int:
        return bool(any(self.beside.texts)) + bool(self.beside.pictures)

    @property
    def _columns(self) -> int:
        return self._head_columns + len(self.above.texts)

    def _place(self, row: int, column: int) -> int:
        """Of a picture, or of a head where one of the numbers is negative."""
        return (self._head_rows + row) * self._columns + self._head_columns + column

    def _layout(self) -> Layout:
        """Texts stand in a row and a column of their own, which are as large as they are."""
        letters = lettering(text_px(self.size))
        wide = max(math.ceil(letters.width(text)) for text in self.beside.texts)
        sizes: list[tuple[int, int]] = []
        lines: list[int] = []
        for row in range(-self._head_rows, len(self.beside.texts)):
            text_row = row == -self._head_rows
            for column in range(-self._head_columns, len(self.above.texts)):
                text_column = bool(wide) and column == -self._head_columns
                sizes.append((wide if text_column else self.size[0], 0 if text_row else self.size[1]))
                lines.append(int(text_row))
        return Layout.of(sizes, lines, self._columns, titled=bool(self.title))

    def _write_heads(self, paper: Paper) -> None:
        for column, text in enumerate(self.above.texts):
            paper.label(self._place(-self._head_rows, column), [text])
        for row, text in enumerate(self.beside.texts):
            paper.beside(self._place(row, -self._head_columns), text)
        for column, picture in enumerate(self.above.pictures):
            paper.picture(self._place(-1, column), resized(as_image(picture), self.size))
        for row, picture in enumerate(self.beside.pictures):
            paper.picture(self._place(row, -1), resized(as_image(picture), self.size))


def tile_size(shape: PictureShape, tile_px: int) -> tuple[int, int]:
    """Width and height of a picture on a page: as asked, or a whole number of times its own to about 128 pixels."""
    own = max(shape.width, shape.height)
    factor = tile_px / own if tile_px else max(1, round(SHOWN_AT_PX / own))
    return max(1, round(shape.width * factor)), max(1, round(shape.height * factor))
