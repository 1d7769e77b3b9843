"""Options of the outputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from artgen.config import OutputConfig, option
from artgen.contracts import Input
from artgen.latents.seeds import Seeds, SeedsOrAuto, parse_seeds
from artgen.shards import Pieces

Metadata = Literal["full", "seed", "none"]

_WORTHWHILE_PICTURES = 1024
"""Seen at 64 pixels on one busy core: 13 seconds, where a process takes 7 to start."""


class PaintedConfig(OutputConfig):
    """What every output that paints has."""

    truncation: float = option(1.0, ge=0, le=2)
    """1 for the generator's full variety; toward 0 for ever more typical pictures."""
    class_: str = option("", alias="class")
    """Only pictures of this class, a sub-folder of the training pictures; by default each seed has a class of its own."""
    metadata: Metadata = option("full")
    """What the files carry: how they were made; the seed alone, and that a network made them; or nothing."""


class ImagesConfig(PaintedConfig):
    """A file for each picture: of every seed, every canvas, or every photograph in every style."""

    seeds: Seeds = option("0-63")
    """Which pictures, such as "0-63" or "1,2,5-10"."""
    format: Literal["png", "tiff", "jpeg", "webp", "avif"] = option("png")
    """Of the files. PNG and TIFF keep every pixel as it is; the others are smaller. JPEG has no transparency: what is
    transparent is laid over white."""
    quality: int = option(92, ge=1, le=100)
    """Of JPEG, WebP and AVIF: higher is larger and nearer to the picture."""
    depth: Literal[8, 16] = option(8)
    """Bits of a channel. Canvases have 16 to give, for printing and for work in other programs; the extra deep writes
    them."""
    dpi: int = option(0, ge=0, le=10_000)
    """How large the picture is to be printed, in pixels to an inch; 0 says of it what the content of a canvas says."""

    def pieces(self, paints_from: Input) -> Pieces:
        """The pictures of seeds; of others there are few, or they are finished."""
        return Pieces(len(parse_seeds(self.seeds)), _WORTHWHILE_PICTURES) if paints_from == "latent" else Pieces()

    @model_validator(mode="after")
    def _has_room_for_its_bits(self) -> Self:
        if self.depth == 16 and self.format not in {"png", "tiff"}:
            raise ValueError(
                f"{self.format} has 8 bits of a channel: write format = 'png' or 'tiff', or leave depth out"
            )
        return self


class SheetConfig(PaintedConfig):
    """A contact sheet: many pictures on one page."""

    seeds: Seeds = option("0-63")
    """Which pictures, such as "0-63" or "1,2,5-10"."""
    columns: int = option(0, ge=0, le=100)
    """Pictures in a row; 0 chooses by their number and shape."""
    labels: bool = option(True)
    """The name of each picture under it: its seed, or its content and style."""
    tile_px: int = option(0, ge=0, le=2048)
    """Long side of a picture on the sheet; 0 shows small pictures at about 128 pixels and others as they are, canvases
    and repainted photographs at no more than 384."""
    title: str = option("")
    """Stands on top; by default the name of the run. "none" leaves it out."""


class GalleryConfig(PaintedConfig):
    """A page to look and choose in: pictures, films, the course of the training, the job."""

    trial: ClassVar[Mapping[str, Any]] = {"count": 3}
    gathers: ClassVar[bool] = True

    count: int = option(64, ge=1, le=10_000)
    """How many pictures are painted from seeds; canvases and repainted photographs are shown all."""
    seeds: SeedsOrAuto = option("auto")
    """Which pictures; auto takes the first `count` seeds."""
    title: str = option("")
    """Heading of the page; by default the name of the run."""
