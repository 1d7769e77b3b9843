"""The `[data]` table: which pictures, and how they are brought to one size."""

from __future__ import annotations

import difflib
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from artgen.config import Config, Folder, option
from artgen.contracts import SHORTEST_SIDE_PX, SIDE_MULTIPLE_PX, PictureShape, nearest_sides

CHANNELS: dict[str, int] = {"gray": 1, "rgb": 3, "rgba": 4}

COLOURS: dict[str, str] = {
    "aqua": "#00ffff",
    "black": "#000000",
    "blue": "#0000ff",
    "fuchsia": "#ff00ff",
    "gray": "#808080",
    "green": "#008000",
    "lime": "#00ff00",
    "maroon": "#800000",
    "navy": "#000080",
    "olive": "#808000",
    "orange": "#ffa500",
    "purple": "#800080",
    "red": "#ff0000",
    "silver": "#c0c0c0",
    "teal": "#008080",
    "white": "#ffffff",
    "yellow": "#ffff00",
}
"""The named colours of CSS 2.1; every other is written #rrggbb."""


def _allowed_side(side_px: int) -> int:
    if side_px < SHORTEST_SIDE_PX or side_px % SIDE_MULTIPLE_PX:
        nearest = " or ".join(map(str, nearest_sides(side_px)))
        raise ValueError(
            f"{side_px} is no possible side: sides are multiples of {SIDE_MULTIPLE_PX} and at least "
            f"{SHORTEST_SIDE_PX} pixels; nearest: {nearest}"
        )
    return side_px


def _known_colour(colour: str) -> str:
    if colour in COLOURS or re.fullmatch("#[0-9a-fA-F]{6}", colour):
        return colour
    close = difflib.get_close_matches(colour.lower(), COLOURS, 1, 0.6)
    meant = f"Did you mean '{close[0]}'?" if close else f"There are: {', '.join(COLOURS)}, and #rrggbb"
    raise ValueError(f"unknown colour '{colour}'. {meant}")


Side = Annotated[
    int,
    AfterValidator(_allowed_side),
    WithJsonSchema({"type": "integer", "minimum": SHORTEST_SIDE_PX, "multipleOf": SIDE_MULTIPLE_PX}),
]
Colour = Annotated[
    str,
    AfterValidator(_known_colour),
    WithJsonSchema({"type": "string", "pattern": f"^(#[0-9a-fA-F]{{6}}|{'|'.join(COLOURS)})$"}),
]


class DataConfig(Config):
    """The folder of pictures that a generator is trained on."""

    folder: Folder
    """Where the pictures are, relative to this file; searched with all folders below it."""
    size: Side | Annotated[list[Side], Field(min_length=2, max_length=2)] = option(64)
    """Side of the square in pixels, or [width, height]."""
    fit: Literal["cover", "contain", "stretch"] = option("cover")
    """cover crops what is too long, contain pads it with the background, stretch deforms."""
    colors: Literal["rgb", "rgba", "gray"] = option("rgb")
    """What is kept; rgba keeps transparency, and pads with it."""
    background: Colour = option("white")
    """What transparency and padding become: a colour name or #rrggbb."""
    mirror: bool = option(False)
    """Also learn from the mirrored pictures; not for writing or anything that has a left and a right."""
    classes: bool = option(False)
    """The folders just below `folder` are classes, told apart in training; outputs can ask for one by its name."""

    @property
    def shape(self) -> PictureShape:
        """Width, height and channels of every picture; how many classes there are, only the folder tells."""
        width, height = (self.size, self.size) if isinstance(self.size, int) else self.size
        return PictureShape(width, height, CHANNELS[self.colors])

    @property
    def background_rgb(self) -> tuple[int, int, int]:
        """The background's red, green and blue, 0-255."""
        red, green, blue = bytes.fromhex(COLOURS.get(self.background, self.background)[1:])
        return red, green, blue
