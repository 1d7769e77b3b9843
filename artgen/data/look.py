"""A look at a folder of pictures: how many, how large, with which colours, by opening some of their headers."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from pathlib import Path

LOOKED_AT = 300
"""Pictures that are opened, spread over the folder; more would tell nothing else."""


@dataclass(frozen=True)
class Seen:
    """What a folder of pictures is like.

    Attributes:
        count: picture files, in a small folder those that could be opened.
        sizes: (width, height) of those that were looked at, as they are shown (turned by their EXIF).
        alpha: share of them with transparency.
        gray: share of them without colour.
    """

    count: int
    sizes: list[tuple[int, int]]
    alpha: float
    gray: float

    @property
    def short_px(self) -> int:
        """The median of their shorter sides."""
        return round(statistics.median(min(size) for size in self.sizes))

    @property
    def colors(self) -> str:
        """What `[data] colors` should keep of them."""
        return "rgba" if self.alpha > 0.5 else "gray" if self.gray > 0.9 else "rgb"


def look(folder: Path) -> Seen:
    """Open the headers of some pictures.

    Raises:
        DataError: there are none, or the folder cannot be read.
    """
    from artgen.data.decode import PictureError, open_picture, plain_reasons, upright_size
    from artgen.data.scan import scan
    from artgen.errors import DataError

    files, _ = scan(folder)
    sizes: list[tuple[int, int]] = []
    modes: list[str] = []
    step = max(1, len(files) // LOOKED_AT)
    for file in files[::step]:
        try:
            with (folder / file.name).open("rb") as content, plain_reasons():
                picture = open_picture(content)
                sizes.append(upright_size(picture))
                modes.append("RGBA" if "transparency" in picture.info else picture.mode)
        except (OSError, PictureError):
            continue
    if not sizes:
        raise DataError("there is no picture here that could be read", where=str(folder))
    alpha = sum(mode in ("RGBA", "LA", "PA", "La", "RGBa") for mode in modes)
    gray = sum(mode in ("1", "L", "I", "F", "LA") or mode.startswith("I;") for mode in modes)
    return Seen(len(sizes) if step == 1 else len(files), sizes, alpha / len(modes), gray / len(modes))


def suggested_size(seen: Seen, short_px: int) -> int | list[int]:
    """A size to train at: a shorter side of `short_px`, less for smaller pictures, wide or tall where nearly all are.

    Returns:
        The side of a square, or [width, height].
    """
    from artgen.contracts import SHORTEST_SIDE_PX, SIDE_MULTIPLE_PX

    short = min(short_px, seen.short_px)
    short = max(SHORTEST_SIDE_PX, short // SIDE_MULTIPLE_PX * SIDE_MULTIPLE_PX)
    aspects = sorted(width / height for width, height in seen.sizes)
    low, middle, high = (aspects[int(q * (len(aspects) - 1))] for q in (0.1, 0.5, 0.9))
    if high / low > 1.3 or 0.85 < middle < 1.18:
        return short
    long = max(short, min(2 * short, round(short * max(middle, 1 / middle) / SIDE_MULTIPLE_PX) * SIDE_MULTIPLE_PX))
    return short if long == short else [long, short] if middle > 1 else [short, long]
