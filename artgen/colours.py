"""Colours as a job names them."""

from __future__ import annotations

import difflib
import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

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


def _known_colour(colour: str) -> str:
    if colour in COLOURS or re.fullmatch("#[0-9a-fA-F]{6}", colour):
        return colour
    close = difflib.get_close_matches(colour.lower(), COLOURS, 1, 0.6)
    meant = f"Did you mean '{close[0]}'?" if close else f"There are: {', '.join(COLOURS)}, and #rrggbb"
    raise ValueError(f"unknown colour '{colour}'. {meant}")


Colour = Annotated[
    str,
    AfterValidator(_known_colour),
    WithJsonSchema({"type": "string", "pattern": f"^(#[0-9a-fA-F]{{6}}|{'|'.join(COLOURS)})$"}),
]
"""A config field that holds a colour: one of the names, or #rrggbb."""


def rgb_of(colour: Colour) -> tuple[int, int, int]:
    """A colour's red, green and blue, 0-255."""
    red, green, blue = bytes.fromhex(COLOURS.get(colour, colour)[1:])
    return red, green, blue
