"""The contact sheet: many pictures on one labelled page, for the wall, the desk and the page of the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from artgen.data.decode import PictureError, Recipe, open_picture, picture_bytes, plain_reasons, upright_size
from artgen.errors import InterruptedRun
from artgen.latents.seeds import parse_seeds
from artgen.outputs.source import works_of
from artgen.outputs.stills.images import as_image
from artgen.outputs.stills.page import Page, check_that_it_fits, page_options, write_page
from artgen.outputs.stills.paper import COLOUR, Layout, Paper, good_columns, resized, text_px, wrapped
from artgen.outputs.works import Original, Work, Works

if TYPE_CHECKING:
    from artgen.outputs.config import SheetConfig
    from artgen.outputs.source import Source
    from artgen.runs.store import Artifact, Run

_SHOWN_AT_PX = 128
_WORKS_AT_MOST_PX = 384
_HEAD = 0.6
"""How large pictures at the head of a row or a column are beside what was painted."""


@dataclass(frozen=True)
class Place:
    """What is in one place of a sheet; nothing in the corner of a grid.

    Attributes:
        size: width and height that it takes, at most.
        lines: its label.
    """

    shows: Work | Original | None = None
    size: tuple[int, int] = (0, 0)
    lines: Sequence[str] = ()


class Sheet:
    """Writes one PNG with many pictures.

    Args:
        config: which seeds, how they are laid out.
        name: of the output in the job.
    """

    def __init__(self, config: SheetConfig, name: str) -> None:
        self.config = config
        self.name = name

    def write(self, source: Source, run: Run) -> list[Artifact]:
        """Fill the sheet, unless it is there already.

        Raises:
            InterruptedRun: the user asked to stop.
            ArtgenError: there is no such class, or the sheet would be too large, or cannot be written.
        """
        works = works_of(source, parse_seeds(self.config.seeds), self.config, self.name, run)
        places, columns = self._arranged(works)
        layout = self._layout(works, places, columns)
        page = Page(
            lambda: self._page(works, places, layout, run),
            {**works.recipe, **works.told, "page": page_options("sheet", self.config)},
            f"Contact sheet of {works.about}",
            works.told,
            works.identity,
        )
        return write_page(page, run, self.name, "sheet.png", self.config.metadata)

    def _arranged(self, works: Works) -> tuple[list[Place], int]:
        """What goes where, and in how many columns.

        Several contents in several styles make a grid with the contents at its left and the styles on top; all else
        goes in its order.
        """
        shown = {work: Place(work, self._size(work, works), work.label) for work in works.works}
        tile = (max(place.size[0] for place in shown.values()), max(place.size[1] for place in shown.values()))
        grid = _grid(works.works)
        if grid is None:
            return list(shown.values()), min(self.config.columns or good_columns(len(shown), tile), len(shown))
        styles = list(dict.fromkeys(style for _, style in grid))
        heads = [_head(style, (tile[0], round(max(tile) * _HEAD)), tile) for style in styles]
        places = [Place(), *heads]
        for content in dict.fromkeys(content for content, _ in grid):
            row = [grid.get((content, style)) for style in styles]
            painted = [replace(shown[work], lines=()) if work else Place() for work in row]
            width, height = (max(place.size[side] for place in painted) for side in (0, 1))
            places += [_head(content, (round(width * _HEAD), round(height * _HEAD)), tile), *painted]
        return places, len(styles) + 1

    def _layout(self, works: Works, places: Sequence[Place], columns: int) -> Layout:
        lines = [len(place.lines) if self.config.labels else 0 for place in places]
        layout = Layout.of([place.size for place in places], lines, columns, titled=self.config.title != "none")
        hint = f"Take {'fewer seeds, or ' if works.numbered else ''}a smaller tile_px."
        check_that_it_fits(layout, len(places), self.name, hint)
        return layout

    def _size(self, work: Work, works: Works) -> tuple[int, int]:
        """Width and height at which a work is shown."""
        own = max(work.width, work.height)
        asked = self.config.tile_px or (0 if works.numbered else min(own, _WORKS_AT_MOST_PX))
        factor = asked / own if asked else max(1, round(_SHOWN_AT_PX / own))
        return max(1, round(work.width * factor)), max(1, round(work.height * factor))

    def _page(self, works: Works, places: Sequence[Place], layout: Layout, run: Run) -> Image.Image:
        paper = Paper(layout)
        if layout.titled:
            paper.title(self.config.title or run.name, self._note(works, run))
        pictures = works.pixels([place.shows for place in places if isinstance(place.shows, Work)])
        for index, place in enumerate(places):
            if run.interrupted():
                raise InterruptedRun("stopped before the sheet was full", hint="The same command makes it anew.")
            if isinstance(place.shows, Work):
                paper.picture(index, resized(as_image(next(pictures)), place.size))
            elif place.shows:
                paper.picture(index, _side_by_side(place.shows, place.size))
            if self.config.labels:
                paper.label(index, place.lines)
        return paper.image

    def _note(self, works: Works, run: Run) -> str:
        notes = [f"{len(works.works)} pictures"]
        if self.config.class_:
            notes.append(self.config.class_)
        if run.checkpoint and run.checkpoint.images:
            notes.append(f"{round(run.checkpoint.kimg, 1):,g} kimg")
        if self.config.truncation != 1:
            notes.append(f"truncation {self.config.truncation:g}")
        return "   ".join(notes)


def _grid(works: Sequence[Work]) -> dict[tuple[Original, Original], Work] | None:
    """Every work by its content and style; None unless there are several of both, and one work for each two."""
    grid = {(work.content, work.style): work for work in works if work.content and work.style}
    several = len({content for content, _ in grid}) > 1 and len({style for _, style in grid}) > 1
    return grid if several and len(grid) == len(works) else None


def _head(original: Original, size: tuple[int, int], tile: tuple[int, int]) -> Place:
    """The head of a row or a column, which is smaller than what was painted; its name is as wide as its column."""
    return Place(original, size, wrapped(original.name, text_px(tile), max(size[0], round(tile[0] * _HEAD))))


def _side_by_side(original: Original, size: tuple[int, int]) -> Image.Image:
    """What was repainted, or what it was painted like; nothing where the files are gone or cannot be read."""
    width = size[0] // max(1, len(original.files))
    images = [image for file in original.files if (image := _read(file, (width, size[1])))]
    strip = Image.new("RGB", (size[0], max((image.height for image in images), default=1)), COLOUR)
    left = 0
    for image in images:
        strip.paste(image, (left, strip.height - image.height))
        left += image.width
    return strip


def _read(file: Path, box: tuple[int, int]) -> Image.Image | None:
    """A picture as large as it can be in a box."""
    try:
        with file.open("rb") as stream, plain_reasons():
            image = open_picture(stream)
            width, height = upright_size(image)
            factor = min(box[0] / width, box[1] / height)
            size = (max(1, round(width * factor)), max(1, round(height * factor)))
            return Image.frombytes("RGB", size, picture_bytes(image, Recipe(*size, "stretch", "rgb", COLOUR)))
    except (OSError, PictureError):
        return None
