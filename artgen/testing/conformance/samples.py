"""The kit's pictures as networks see them."""

from __future__ import annotations

import functools

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from artgen.contracts import PictureShape
from artgen.seeding import Draws
from artgen.testing.pictures import PICTURES

_MODES = {1: "L", 3: "RGB", 4: "RGBA"}


def real_pictures(shape: PictureShape, device: torch.device | str = "cpu") -> Tensor:
    """All eight, cut to a shape.

    Shape:
        (8, C, H, W) in [-1, 1], RGBA premultiplied
    """
    return _pictures(shape.width, shape.height, shape.channels).to(device)


@functools.cache
def _pictures(width: int, height: int, channels: int) -> Tensor:
    pictures = []
    for file in sorted(PICTURES.glob("*.png")):
        with Image.open(file) as opened:
            image: Image.Image = opened
            if channels != 4 and image.mode == "RGBA":
                image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
            fitted = ImageOps.fit(image.convert(_MODES[channels]), (width, height))
        pixels = np.asarray(fitted, dtype=np.float32).reshape(height, width, channels) / 255
        if channels == 4:
            pixels = np.concatenate((pixels[..., :3] * pixels[..., 3:], pixels[..., 3:]), axis=2)
        pictures.append(torch.from_numpy(pixels).permute(2, 0, 1) * 2 - 1)
    return torch.stack(pictures)


class EndlessPictures:
    """The pictures over and over, as a training draws from them."""

    def __init__(self, shape: PictureShape, device: torch.device) -> None:
        self.pictures = real_pictures(shape, device)

    def batch(self, first: int, count: int) -> Tensor:
        """Samples from `first` on, (count, C, H, W)."""
        rows = torch.arange(first, first + count, device=self.pictures.device) % len(self.pictures)
        return self.pictures[rows]

    def labels(self, first: int, count: int) -> None:
        """Nothing: they are of one kind."""

    def drawn_labels(self, draws: Draws) -> None:
        """Nothing."""
