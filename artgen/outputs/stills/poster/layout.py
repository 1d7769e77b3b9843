"""Where everything stands on a poster; all in pixels of the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from artgen.outputs.stills.poster.lengths import pixels

if TYPE_CHECKING:
    from artgen.outputs.stills.config import PosterConfig

MARKS = "8mm"
"""What crop marks take beyond the bleed."""
_LINE_GAP = 0.8
"""Between the picture and the line under it, in heights of its text."""


@dataclass(frozen=True)
class Rect:
    """A rectangle of whole pixels."""

    left: int
    upper: int
    right: int
    lower: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.right - self.left, self.lower - self.upper

    def grown(self, by: int) -> Rect:
        """The same with so much more on every side."""
        return Rect(self.left - by, self.upper - by, self.right + by, self.lower + by)


@dataclass(frozen=True)
class PosterLayout:
    """Of one sheet of paper.

    Attributes:
        size: of the file.
        trim: the paper when it is cut.
        bleed: what is printed beyond it.
        pictures: their places.
        line: the place of what stands under the pictures, as wide as they are; of no height where nothing does.
    """

    size: tuple[int, int]
    trim: Rect
    bleed: int
    pictures: Sequence[Rect]
    line: Rect


def layout_of(config: PosterConfig, sizes: Sequence[tuple[int, int]]) -> PosterLayout:
    """Places for pictures of these sizes, in rows."""
    bleed = pixels(config.bleed, config.dpi)
    edge = bleed + (pixels(MARKS, config.dpi) if config.crop_marks else 0)
    width, height = pixels(config.width, config.dpi), pixels(config.height, config.dpi)
    trim = Rect(edge, edge, edge + width, edge + height)
    margin = pixels(config.margin, config.dpi)
    over = bleed if config.fit == "cover" and not margin else 0
    room = trim.grown(over - margin)
    line = _line_height(config)
    gap = pixels(config.gap, config.dpi)
    above = round(_LINE_GAP * pixels(config.text_height, config.dpi))
    if line and not margin:  # so that neither the cut nor the end of the paper is at the letters
        safe = trim.grown(-above)
        room = Rect(room.left, room.upper, room.right, safe.lower)
    else:
        safe = room
    below = line and line + above
    places = _places(room, below, gap, sizes, config)
    left, right = min(place.left for place in places), max(place.right for place in places)
    lower = max(place.lower for place in places) + below
    beside = Rect(max(left, safe.left), lower - line, min(right, safe.right), lower)
    return PosterLayout((width + 2 * edge, height + 2 * edge), trim, bleed, places, beside)


def _line_height(config: PosterConfig) -> int:
    """Of what stands under the pictures."""
    text = pixels(config.text_height, config.dpi) if config.title or config.edition else 0
    signature = config.signature
    signed = signature != "none" and signature.position.startswith("below")
    return max(text, pixels(signature.height, config.dpi) if signed and signature != "none" else 0)


def _places(room: Rect, below: int, gap: int, sizes: Sequence[tuple[int, int]], config: PosterConfig) -> list[Rect]:
    """Rows of pictures in the middle of the room, together with the line below them."""
    width, height = room.size
    height -= below
    aspect = sum(w / h for w, h in sizes) / len(sizes)
    columns = min(len(sizes), config.columns or _best_columns(len(sizes), (width, height), aspect, gap))
    rows = -(-len(sizes) // columns)
    cell = ((width - (columns - 1) * gap) / columns, (height - (rows - 1) * gap) / rows)
    if config.fit == "contain":
        cell = (min(cell[0], cell[1] * aspect), min(cell[1], cell[0] / aspect))
    left = room.left + (width - columns * cell[0] - (columns - 1) * gap) / 2
    upper = room.upper + (height - rows * cell[1] - (rows - 1) * gap) / 2
    places = []
    for index, size in enumerate(sizes):
        row, column = divmod(index, columns)
        x, y = left + column * (cell[0] + gap), upper + row * (cell[1] + gap)
        places.append(_contained(size, (x, y, x + cell[0], y + cell[1]), whole=config.fit == "cover"))
    return places


def _contained(size: tuple[int, int], cell: tuple[float, float, float, float], *, whole: bool) -> Rect:
    """A picture as large as its cell allows, in the middle of it; all of the cell where it is cropped anyway."""
    left, upper, right, lower = cell
    if not whole:
        factor = min((right - left) / size[0], (lower - upper) / size[1])
        beside, above = ((right - left) - size[0] * factor) / 2, ((lower - upper) - size[1] * factor) / 2
        left, upper, right, lower = left + beside, upper + above, right - beside, lower - above
    return Rect(*map(round, (left, upper, right, lower)))


def _best_columns(count: int, room: tuple[int, int], aspect: float, gap: int) -> int:
    """So many that the pictures become as large as they can."""

    def height(columns: int) -> float:
        rows = -(-count // columns)
        return min((room[0] - (columns - 1) * gap) / columns / aspect, (room[1] - (rows - 1) * gap) / rows)

    return max(range(1, count + 1), key=height)
