"""Options of the outputs that stand still."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from artgen.colours import Colour
from artgen.config import Config, File, option
from artgen.latents.seeds import Seeds, parse_seeds
from artgen.outputs.config import PaintedConfig
from artgen.outputs.stills.poster.lengths import Length, inches, pixels


class PageConfig(PaintedConfig):
    """What pages of pictures that a generator paints for them have."""

    paints: ClassVar[frozenset[str]] = frozenset({"latent"})

    tile_px: int = option(0, ge=0, le=2048)
    """Long side of a picture on the page; 0 shows small pictures at about 128 pixels and others as they are."""
    title: str = option("")
    """Stands on top; by default the name of the run. "none" leaves it out."""


class MixGridConfig(PageConfig):
    """Pictures with the shapes of one seed and the colours of another: rows by columns."""

    requires: ClassVar[frozenset[str]] = frozenset({"mapping"})
    trial: ClassVar[Mapping[str, Any]] = {"rows": "0-1", "columns": "2-3"}

    rows: Seeds = option("0-4")
    """What most layers are steered by, one seed for each row."""
    columns: Seeds = option("5-10")
    """What `layers` are steered by, one seed for each column."""
    layers: str = option("fine")
    """Which layers listen to the column: coarse (pose and shape), middle, fine (colours and texture), or numbers from
    0, the coarsest, such as "0-3"."""


class WalkGridConfig(PageConfig):
    """One picture in the middle, and what becomes of it along two ways through the space of w."""

    trial: ClassVar[Mapping[str, Any]] = {"columns": 3, "rows": 3}

    seed: int = option(0, ge=0)
    """The picture in the middle."""
    across: str = option("1")
    """From left to right: the number of a direction, such as "1", "pca 3" or "closed-form 2"; a saved one by its name,
    such as "smile" or "mine/smile"; or "seed 12" to walk toward that picture."""
    down: str = option("2")
    """From top to bottom, likewise."""
    reach: float = option(2.5, gt=0, le=20)
    """How far a direction is followed either way, in standard deviations. On the way to a seed the last picture is that
    seed, whatever the reach."""
    columns: int = option(7, ge=3, le=51)
    """Pictures in a row, an odd number."""
    rows: int = option(5, ge=3, le=51)
    """Rows, an odd number."""

    @model_validator(mode="after")
    def _has_a_middle(self) -> Self:
        if self.columns % 2 == 0 or self.rows % 2 == 0:
            raise ValueError("columns and rows are odd numbers, so that there is a picture in the middle")
        return self


class MorphStripConfig(PageConfig):
    """Pictures in one row, each turning into the next."""

    seeds: Seeds = option("0-3")
    """The pictures that it passes through, in this order."""
    steps: int = option(5, ge=1, le=100)
    """From one to the next, each as large a change to the eye."""

    @model_validator(mode="after")
    def _has_a_way_to_go(self) -> Self:
        if len(parse_seeds(self.seeds)) < 2:
            raise ValueError('a strip needs at least two seeds to go between, such as seeds = "0-3"')
        return self


class TileConfig(PaintedConfig):
    """Textures without a seam: what leaves at one edge comes in at the other."""

    seeds: Seeds = option("0-7")
    """Which pictures."""
    repeat: int = option(3, ge=1, le=16)
    """Beside each tile a picture of so many by so many of it; 1 leaves it out."""


class Signature(Config):
    """A picture of a signature, dark on white or on nothing."""

    picture: File
    """Its file. Where nothing in it is transparent, white counts as paper."""
    position: Literal["below-left", "below-right", "bottom-left", "bottom-right", "top-left", "top-right"] = option(
        "below-right"
    )
    """Under the picture, or on it in one of its corners."""
    height: Length = option("10mm")
    """In print."""
    color: Colour | Literal["none"] = option("none")
    """What it is written in; none leaves it its own colours."""


class PosterConfig(PaintedConfig):
    """A sheet of paper for the wall: one picture or several, with what printers and collectors ask for."""

    trial: ClassVar[Mapping[str, Any]] = {"width": "60mm", "height": "80mm", "dpi": 60}

    seeds: Seeds = option("0")
    """Which pictures: one fills the paper, several make a grid."""
    pictures: list[str] = option([])
    """The same for canvases and repainted photographs, by name, such as ["castle--church"]; by default all."""
    columns: int = option(0, ge=0, le=100)
    """Pictures in a row; 0 chooses by their number and shape."""
    width: Length = option("297mm")
    """Of the paper when it is cut, in mm, cm or in; likewise `height`."""
    height: Length = option("420mm")
    """See `width`."""
    dpi: int = option(300, ge=30, le=2400)
    """Pixels to an inch."""
    margin: Length = option("20mm")
    """Of paper around the picture; "0mm" lets it run over the edge."""
    gap: Length = option("6mm")
    """Between pictures of a grid."""
    bleed: Length = option("0mm")
    """What is printed beyond the edge on every side and cut off, as printers ask for: often 3 mm."""
    crop_marks: bool = option(False)
    """Lines outside the bleed that show where to cut; the file is 8 mm larger on every side for them."""
    background: Colour = option("white")
    """Of the paper."""
    fit: Literal["contain", "cover"] = option("contain")
    """contain shows all of a picture, cover fills its place and crops what is over."""
    enlarge: Literal["smooth", "crisp", "repaint"] = option("smooth")
    """How pixels become larger: smooth by Lanczos, crisp by hard squares. repaint paints a canvas anew at the size that
    the paper needs, which takes as long as a canvas of that size takes."""
    title: str = option("")
    """A line under the picture; likewise `edition`."""
    edition: str = option("", max_length=40)
    """The number of the print, such as "3/25"."""
    ink: Colour = option("#2b2926")
    """Of title and edition."""
    text_height: Length = option("4mm")
    """Of title and edition."""
    font: File | None = option(None)
    """A file of letters, .ttf, .otf or .ttc, for title and edition; by default Inter's: Latin, Greek and Cyrillic."""
    signature: Signature | Literal["none"] = option("none")
    """A table with `picture`, `position`, `height` and `color`."""
    format: Literal["png", "tiff", "jpeg"] = option("png")
    """Of the file."""
    quality: int = option(95, ge=1, le=100)
    """Of JPEG."""

    @model_validator(mode="after")
    def _leaves_room_for_a_picture(self) -> Self:
        if 2 * inches(self.margin) >= 0.9 * min(inches(self.width), inches(self.height)):
            raise ValueError(f"a margin of {self.margin} leaves no room for a picture on {self.width} × {self.height}")
        return self

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        heights = {"text_height": self.text_height}
        if self.signature != "none":
            heights["signature.height"] = self.signature.height
        for name, height in heights.items():
            if not pixels(height, self.dpi):
                raise ValueError(f"{name} of {height} is less than a pixel at {self.dpi} dpi")
        return self
