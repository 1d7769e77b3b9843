"""Options of halftones."""

from __future__ import annotations

import math
from typing import Annotated, Literal, Self

from artgen.colours import Colour, rgb_of
from artgen.config import option
from artgen.latents.seeds import Seeds
from artgen.outputs.config import PaintedConfig
from pydantic import Field, model_validator

# fmt: off
Method = Literal[
    "dot", "line", "cross", "ellipse",
    "bayer", "blue-noise", "floyd-steinberg", "atkinson",
    "hatch", "spiral", "stipple", "circles",
]
# fmt: on

DRAWINGS = ("hatch", "spiral", "stipple", "circles")
"""Methods whose result is lines for a pen, as SVG; of all others it is a plate of dots for each ink."""


SMALLER = "Write a smaller width_mm or dpi, or fewer inks: what is looked at from afar needs 150 dpi or less."
SMALLER_DRAWING = "Write a larger spacing_mm or a smaller width_mm."
STEP_MM = 0.25
"""Between the points of a line that a pen draws, at most."""
_MM_PER_INCH = 25.4
_CMYK_INKS = 4
_MOST_NUMBERS = 1 << 30
"""Of four bytes each, in memory: a cover for each ink, and three channels of how it looks."""
_MOST_PLACES = {"hatch": 200_000_000, "spiral": 20_000_000, "circles": 2_000_000}
"""Points of a drawing that are looked at; those of a spiral are all in memory and in its file, and a circle is a stroke."""


class HalftoneConfig(PaintedConfig):
    """Pictures in ink and paper alone: plates of one bit for the press, or lines for a pen plotter."""

    seeds: Seeds = option("0-3")
    """Which pictures, such as "0-63" or "1,2,5-10"."""
    method: Method = option("dot")
    """dot, line, cross and ellipse are screens of a press; bayer and blue-noise are thresholds, floyd-steinberg and
    atkinson pass on what is left over; hatch, spiral, stipple and circles are drawn with a pen, as SVG."""
    inks: Literal["cmyk", "black"] | Annotated[list[Colour], Field(min_length=1, max_length=6)] = option("cmyk")
    """cmyk, black, or colours of your own such as ["#d1495b", "#00798c"]: one plate each. A pen has one: the
    darkest, or the lightest where the paper is darker than all."""
    paper: Colour = option("white")
    """What is printed on, which shows wherever no ink is."""
    width_mm: float = option(100.0, gt=0, le=5000)
    """How wide the picture is on paper; its height follows."""
    dpi: int = option(600, ge=36, le=4800)
    """Dots to an inch of the plates."""
    lpi: float = option(65.0, gt=0, le=1200)
    """Of a screen: lines to an inch. Newspapers have 85, art books 175, screen prints 45."""
    angles: Annotated[list[float], Field(max_length=6)] = option([])
    """Of the screens, in degrees, one for each ink; by default 15, 75, 0 and 45 for cyan, magenta, yellow and black."""
    black: float = option(0.7, ge=0, le=1)
    """Of cmyk: how much of the grey in a colour is printed in black instead of in three inks."""
    gain: float = option(0.0, ge=0, lt=0.5)
    """By how much dots of half the paper grow in print, such as 0.15; the plates are made lighter by it."""
    format: Literal["png", "tiff"] = option("png")
    """Of the plates."""
    pen_mm: float = option(0.3, gt=0, le=20)
    """How wide a pen's line is."""
    spacing_mm: float = option(1.2, gt=0, le=100)
    """How far apart lines or circles are that are drawn with a pen."""
    margin_mm: float = option(10.0, ge=0, le=500)
    """White paper around what is drawn with a pen."""
    most: int = option(20_000, ge=1, le=100_000)
    """Stipples at most; where the tone takes more of them than that, they are larger than the pen's width: filled circles."""

    @model_validator(mode="after")
    def _ink_shows_on_its_paper(self) -> Self:
        """A pen may be lighter than its paper; inks of a press only let less of the paper's light through."""
        paper, inks = rgb_of(self.paper), ["black"] if isinstance(self.inks, str) else self.inks
        for ink in () if self.method in DRAWINGS else inks:
            if all(of_ink >= of_paper for of_ink, of_paper in zip(rgb_of(ink), paper, strict=True)):
                raise ValueError(
                    f"{ink} cannot be seen on {self.paper} paper: inks of a press are darker than it in red, green or blue; "
                    f"light on dark is drawn with a pen, by method = {' or '.join(map(repr, DRAWINGS))}"
                )
        return self


def columns_of(config: HalftoneConfig) -> int:
    """How many dots wide the plates are."""
    return max(8, round(config.width_mm / _MM_PER_INCH * config.dpi))


def too_much(config: HalftoneConfig, width: int, height: int) -> str:
    """Why plates or a drawing of a picture of these sides cannot be made in memory; "" where they can."""
    if config.method in DRAWINGS:
        return _too_fine(config, config.width_mm * height / width)
    columns = columns_of(config)
    rows = max(8, round(height * columns / width))
    inks = {"cmyk": _CMYK_INKS, "black": 1}.get(config.inks, 1) if isinstance(config.inks, str) else len(config.inks)
    if columns * rows * (inks + 3) <= _MOST_NUMBERS:
        return ""
    plates = f"{inks} plate{'' if inks == 1 else 's'} of {columns:,}×{rows:,} dots"
    return f"{plates} take {columns * rows * (inks + 3) * 4 / 1e9:.0f} GB; the limit is {_MOST_NUMBERS * 4 / 1e9:.0f}"


def wave_of(config: HalftoneConfig) -> float:
    """How long one swing of a spiral is along its line, in mm."""
    return max(2.2 * config.pen_mm, 0.6 * config.spacing_mm)


def smaller(config: HalftoneConfig) -> str:
    """What to do about what is too much."""
    return SMALLER_DRAWING if config.method in DRAWINGS else SMALLER


def _too_fine(config: HalftoneConfig, height_mm: float) -> str:
    if config.method not in _MOST_PLACES:  # stipples are never more than `most`
        return ""
    across, spacing = math.hypot(config.width_mm, height_mm), config.spacing_mm
    places = {
        "hatch": 4 * across**2 / spacing / STEP_MM,
        "spiral": math.pi * across**2 / 4 / spacing / min(STEP_MM, wave_of(config) / 8),
        "circles": config.width_mm * height_mm / spacing**2,
    }[config.method]
    if places <= _MOST_PLACES[config.method]:
        return ""
    things = "circles" if config.method == "circles" else "points"
    return (
        f"{config.method} of {config.width_mm:g}×{height_mm:.0f} mm with {spacing:g} mm between takes "
        f"{places / 1e6:,.0f} million {things}; the limit is {_MOST_PLACES[config.method] / 1e6:.0f}"
    )
