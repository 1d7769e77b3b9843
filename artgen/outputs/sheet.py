"""The contact sheet: many pictures on one labelled page, for the wall, the desk and the page of the run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from artgen.errors import ArtgenError, InterruptedRun
from artgen.latents.seeds import describe_seeds, parse_seeds
from artgen.outputs.classes import asked_label, told_class
from artgen.outputs.files import keep_only
from artgen.outputs.images import as_image
from artgen.outputs.metadata import file_details, png_text, recipe_of
from artgen.runs.files import whole_file

if TYPE_CHECKING:
    from artgen.latents.sampler import Sampler
    from artgen.outputs.config import SheetConfig
    from artgen.runs.store import Artifact, Run

_PAPER = "#fbfaf7"
_INK = "#2b2926"
_PALE_INK = "#8a857d"
_SHOWN_AT_PX = 128
_LARGEST_MEGAPIXELS = 150
_PRINT_DPI = 300


@dataclass(frozen=True)
class Layout:
    """Where everything stands on a sheet; all in pixels.

    Attributes:
        count: of pictures.
        columns: of pictures.
        tile: width and height of a picture.
        labels: whether a line of text stands under each.
        titled: whether a line stands above all.
    """

    count: int
    columns: int
    tile: tuple[int, int]
    labels: bool
    titled: bool

    @cached_property
    def text_px(self) -> int:
        """Height of the labels."""
        return max(9, round(max(self.tile) * 0.085))

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
    def _pitch(self) -> tuple[int, int]:
        width, height = self.tile
        return width + self.gutter, height + self.gutter + (round(self.text_px * 1.35) if self.labels else 0)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the page."""
        rows = -(-self.count // self.columns)
        across, down = self._pitch
        width = 2 * self.margin + self.columns * across - self.gutter
        return width, self._head + rows * down - self.gutter + self.margin

    def place(self, index: int) -> tuple[int, int]:
        """The upper left corner of a picture."""
        row, column = divmod(index, self.columns)
        across, down = self._pitch
        return self.margin + column * across, self._head + row * down


class Sheet:
    """Writes one PNG with many pictures.

    Args:
        config: which seeds, how they are laid out.
        name: of the output in the job.
    """

    def __init__(self, config: SheetConfig, name: str) -> None:
        self.config = config
        self.name = name

    def write(self, source: Sampler, run: Run) -> list[Artifact]:
        """Paint the sheet, unless it is there already.

        Raises:
            InterruptedRun: the user asked to stop.
            ArtgenError: there is no such class, or the sheet would be too large, or cannot be written.
        """
        seeds = parse_seeds(self.config.seeds)
        label = asked_label(self.config, self.name, source)
        of_class = told_class(source, label)
        recipe = recipe_of(source, run, truncation=self.config.truncation, seeds=describe_seeds(seeds), **of_class)
        folder = run.artifact_folder(self.name)
        path = folder / "sheet.png"
        keep_only(folder, {"recipe": recipe, "sheet": self.config.model_dump(mode="json")}, "sheet.png")
        layout = self._layout(len(seeds), (source.shape.width, source.shape.height))
        if not path.exists():
            page = self._page(seeds, label, layout, source, run)
            about = f"Contact sheet of {len(seeds)} generated pictures from {run.name}, seeds {describe_seeds(seeds)}"
            details = file_details(self.config.metadata, recipe, about)
            with whole_file(path) as part:
                page.save(part, "PNG", pnginfo=png_text(details), dpi=(_PRINT_DPI, _PRINT_DPI))
        width, height = layout.size
        told = {"seeds": describe_seeds(seeds), "width": width, "height": height, **of_class}
        return [run.record("sheet", path, self.name, **told)]

    def _layout(self, count: int, shape: tuple[int, int]) -> Layout:
        tile = tile_size(shape, self.config.tile_px)
        columns = min(self.config.columns or good_columns(count, tile), count)
        layout = Layout(count, columns, tile, self.config.labels, self.config.title != "none")
        megapixels = math.prod(layout.size) / 1e6
        if megapixels > _LARGEST_MEGAPIXELS:
            raise ArtgenError(
                f"a sheet of {count:,} pictures at {tile[0]}×{tile[1]} has {megapixels:,.0f} megapixels; "
                f"the limit is {_LARGEST_MEGAPIXELS}, because it is made in memory",
                where=f"outputs.{self.name}",
                hint="Take fewer seeds, or a smaller tile_px.",
            )
        return layout

    def _page(self, seeds: Sequence[int], label: int | None, layout: Layout, source: Sampler, run: Run) -> Image.Image:
        page = Image.new("RGB", layout.size, _PAPER)
        draw = ImageDraw.Draw(page)
        if layout.titled:
            self._write_title(draw, layout, run, len(seeds))
        font = ImageFont.load_default(layout.text_px)
        for index, picture in enumerate(source.at_seeds(seeds, self.config.truncation, label)):
            if run.interrupted():
                raise InterruptedRun("stopped before the sheet was full", hint="The same command makes it anew.")
            _paste(page, as_image(picture), layout.place(index), layout.tile)
            if layout.labels:
                left, top = layout.place(index)
                below = (left, top + layout.tile[1] + round(layout.text_px * 0.3))
                own = told_class(source, source.label_of(seeds[index])) if label is None else {}
                text = _label(seeds[index], own.get("class", ""), font, layout.tile[0])
                draw.text(below, text, font=font, fill=_PALE_INK)
        return page

    def _write_title(self, draw: ImageDraw.ImageDraw, layout: Layout, run: Run, count: int) -> None:
        title = self.config.title or run.name
        large, small = ImageFont.load_default(layout.text_px * 2), ImageFont.load_default(layout.text_px)
        baseline = layout.margin + round(layout.text_px * 1.5)
        right = layout.size[0] - layout.margin
        draw.text((layout.margin, baseline), title, font=large, fill=_INK, anchor="ls")
        notes = [f"{count} pictures"]
        if self.config.class_:
            notes.append(self.config.class_)
        if run.checkpoint:
            notes.append(f"{run.checkpoint.kimg:,.0f} kimg")
        if self.config.truncation != 1:
            notes.append(f"truncation {self.config.truncation:g}")
        note = "   ".join(notes)
        if layout.margin + large.getlength(title) + layout.text_px * 2 < right - small.getlength(note):
            draw.text((right, baseline), note, font=small, fill=_PALE_INK, anchor="rs")


def tile_size(shape: tuple[int, int], long_side_px: int) -> tuple[int, int]:
    """Width and height at which a picture is shown; 0 doubles, triples… small pictures and leaves others.

    Args:
        shape: width and height of the picture.
        long_side_px: as asked for.
    """
    factor = long_side_px / max(shape) if long_side_px else max(1, round(_SHOWN_AT_PX / max(shape)))
    return max(1, round(shape[0] * factor)), max(1, round(shape[1] * factor))


def good_columns(count: int, tile: tuple[int, int]) -> int:
    """Columns that make a page a little wider than high, with a full last row where one is near."""
    wanted = 1.1 * math.sqrt(count * tile[1] / tile[0])
    near = range(max(1, math.ceil(wanted * 0.75)), int(wanted * 1.33) + 1)
    full = [columns for columns in near if count % columns == 0]
    return min(full, key=lambda columns: abs(math.log(columns / wanted))) if full else max(1, round(wanted))


def _label(seed: int, of_class: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width_px: int) -> str:
    """The seed, and as much of its class as stands under its own picture."""
    for length in range(len(of_class), 0, -1):
        text = f"{seed} · {of_class[:length]}{'…' if length < len(of_class) else ''}"
        if font.getlength(text) <= width_px:
            return text
    return str(seed)


def _paste(page: Image.Image, image: Image.Image, corner: tuple[int, int], tile: tuple[int, int]) -> None:
    if image.size != tile:
        image = image.resize(tile, Image.Resampling.LANCZOS)
    page.paste(image, corner, image if image.mode == "RGBA" else None)
