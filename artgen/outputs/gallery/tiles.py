"""The small pictures of the page: a tile for the grid and a view to look at, both WebP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from artgen.outputs.metadata import exif_of, xmp_packet
from artgen.runs.files import whole_file

if TYPE_CHECKING:
    from artgen.outputs.works import Work

_TILE_PX, _VIEW_PX = 256, 640
_WORKS_TILE_PX, _WORKS_VIEW_PX = 720, 1600
_TILE_QUALITY, _VIEW_QUALITY = 86, 90
SMALL = {"small": [_TILE_PX, _VIEW_PX, _WORKS_TILE_PX, _WORKS_VIEW_PX, _TILE_QUALITY, _VIEW_QUALITY]}
"""What decides how they look: where it changes, they are made anew."""

Size = tuple[int, int]
"""Width and height."""


@dataclass(frozen=True)
class PagePicture:
    """A picture on the page.

    Attributes:
        full: its file at full size.
        tile: what the grid shows, as large as `tile_size`.
        view: what the larger view shows, as large as `view_size`.
    """

    work: Work
    full: Path
    tile: Path
    view: Path
    tile_size: Size
    view_size: Size

    @property
    def shape(self) -> str:
        """Names its proportions in the style, where attributes of style are forbidden."""
        return shape_name(self.ratio)

    @property
    def ratio(self) -> float:
        """Width by height."""
        return self.work.width / self.work.height


def shape_name(ratio: float) -> str:
    """What some proportions, width by height, are called in the style."""
    return f"r{round(1000 * ratio)}"


def page_picture(work: Work, path: Path, *, numbered: bool) -> PagePicture:
    """What belongs to a picture that is, or will be, at `path`.

    Args:
        numbered: pictures that are looked at one by one keep more pixels: every stroke is wanted.
    """
    own = max(work.width, work.height)
    tile_px, view_px = (
        (_TILE_PX, _VIEW_PX) if numbered else (min(own, _WORKS_TILE_PX), min(max(own, _VIEW_PX), _WORKS_VIEW_PX))
    )
    folder, name = path.parent, f"{work.stem}.webp"
    tile, view = folder.joinpath("tiles", name), folder.joinpath("views", name)
    return PagePicture(work, path, tile, view, _within(work, tile_px), _within(work, view_px))


def write_small(image: Image.Image, picture: PagePicture, details: Mapping[str, str]) -> None:
    """Write tile and view. Small pictures are enlarged here by Lanczos: browsers enlarge by a blur.

    Args:
        image: at full size.
        details: keyword and text of what both carry.

    Raises:
        ArtgenError: a file cannot be written.
    """
    view = _resized(image, picture.view_size)
    larger = view if picture.tile_size < picture.view_size < image.size else image
    tile = _resized(larger, picture.tile_size)
    told = {"exif": exif_of(details), "xmp": xmp_packet(details)} if details else {}
    for small, file, quality in ((tile, picture.tile, _TILE_QUALITY), (view, picture.view, _VIEW_QUALITY)):
        with whole_file(file) as part:
            small.save(part, "WEBP", quality=quality, method=2, **told)


def _within(work: Work, side_px: int) -> Size:
    factor = side_px / max(work.width, work.height)
    return max(1, round(work.width * factor)), max(1, round(work.height * factor))


def _resized(image: Image.Image, size: Size) -> Image.Image:
    """Large ones are halved by averaging first, which is cheap, down to three times the size."""
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
