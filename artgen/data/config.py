"""The `[data]` table: which pictures, and how they are brought to one size."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from artgen.colours import Colour, rgb_of
from artgen.config import Config, Folder, Size, option
from artgen.contracts import PictureShape

CHANNELS: dict[str, int] = {"gray": 1, "rgb": 3, "rgba": 4}
"""How many channels pictures have, by what `colors` says."""


class DataConfig(Config):
    """The folder of pictures that a generator is trained on."""

    folder: Folder = option(change="free")  # what counts is what is in it, of which the lock has a fingerprint
    """Where the pictures are, relative to this file; searched with all folders below it that are no runs of artgen's."""
    size: Size = option(64)
    """Side of the square in pixels, or [width, height]."""
    fit: Literal["cover", "contain", "stretch"] = option("cover")
    """cover crops what is too long, contain pads it with the background, stretch deforms."""
    colors: Literal["rgb", "rgba", "gray"] = option("rgb")
    """What is kept; rgba keeps transparency, and pads with it."""
    background: Colour = option("white")
    """What transparency and padding become: a colour name or #rrggbb."""
    mirror: bool = option(False)
    """Also learn from the mirrored pictures; not for writing or anything that has a left and a right."""
    zoom: float = option(1.0, ge=1, le=8)
    """Above 1, learn from random crops: of the whole picture down to this many times closer. For generators that
    repaint; a small folder goes further, and what is painted holds at every distance."""
    recolor: float = option(0.0, ge=0, le=1)
    """How often the brightness, the contrast, the hue and the saturation of what is learned from are changed, each by its
    own chance. For generators that repaint: a few photographs then teach what to do with all colours."""
    classes: bool = option(False)
    """The folders just below `folder` are classes, told apart in training; outputs can ask for one by its name."""

    @property
    def shape(self) -> PictureShape:
        """Width, height and channels of every picture that is learned from; how many classes there are, only the folder tells."""
        width, height = (self.size, self.size) if isinstance(self.size, int) else self.size
        return PictureShape(width, height, CHANNELS[self.colors])

    @property
    def decoded_shape(self) -> PictureShape:
        """What the files are decoded to: as much larger as crops come closer."""
        shape = self.shape
        return replace(shape, width=round(shape.width * self.zoom), height=round(shape.height * self.zoom))

    @property
    def background_rgb(self) -> tuple[int, int, int]:
        """The background's red, green and blue, 0-255."""
        return rgb_of(self.background)
