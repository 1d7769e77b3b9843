"""One picture to paint from, at full depth: a content, a style or a mask."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from artgen.data.decode import (
    GREY,
    SIDEWAYS,
    Recipe,
    is_deep,
    open_picture,
    orientation_of,
    picture_bytes,
    plain_reasons,
    upright_size,
)
from artgen.data.deep import DEEP_HINT, deep_is_installed, deep_pixels
from artgen.data.headers import check_mask, told_of
from artgen.data.rows import hashed
from artgen.data.srgb import luminance

if TYPE_CHECKING:
    from artgen.data.deep import Levels

_FLIPS = {2: (1, -1), 3: (-1, -1), 4: (-1, 1), 6: (1, -1), 7: (-1, -1), 8: (-1, 1)}
"""By EXIF orientation: the step through rows and through columns, after they change places in `SIDEWAYS` ones."""
_LEAST_ALPHA = 1e-4
"""Below this nothing can be seen of a colour, and dividing by it would only enlarge noise."""


@dataclass(frozen=True, eq=False)
class Artwork:
    """A picture as it stands upright, in sRGB with straight alpha.

    It keeps whole numbers, a quarter or half of what floating point takes: several stay in memory while a job is
    painted, and each may have many megapixels.

    Attributes:
        name: of the file, without its ending.
        sha256: of the file.
        pixels: (H, W, 3), or (H, W, 4) where something shows through; uint8 or uint16.
        dpi: pixels per inch when printed, as the file says; None when it does not.
        note: what was lost in reading it; "" when nothing.
    """

    name: str
    sha256: str
    pixels: Levels
    dpi: float | None = None
    note: str = ""

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.pixels.shape[0])

    def at(self, width: int, height: int) -> Tensor:
        """The picture in another size, or in its own: bicubic, antialiased, straight alpha.

        Scaled premultiplied, so that what lies under full transparency never mixes with what is seen, and one channel
        at a time, so that no second copy of a large picture is needed.

        Shape:
            (1, 3 or 4, height, width) in [-1, 1]
        """
        channels = range(self.pixels.shape[2])
        if (width, height) == (self.width, self.height):
            return torch.stack([self._plane(channel) for channel in channels]).mul_(2).sub_(1)[None]
        if len(channels) == 3:
            return torch.cat([_scaled(self._plane(channel), width, height) for channel in channels], 1).mul_(2).sub_(1)
        alpha = self._plane(3)
        small_alpha = _scaled(alpha, width, height)
        colours = torch.cat([_scaled(self._plane(channel).mul_(alpha), width, height) for channel in range(3)], 1)
        colours = colours.div_(small_alpha.clamp_min(_LEAST_ALPHA)).clamp_(0, 1)
        return torch.cat((colours, small_alpha), 1).mul_(2).sub_(1)

    def _plane(self, channel: int) -> Tensor:
        """One channel, (H, W) in 0…1."""
        levels = float(np.iinfo(self.pixels.dtype).max)
        return torch.from_numpy(np.divide(self.pixels[..., channel], levels, dtype=np.float32))


def read_artwork(path: Path) -> Artwork:
    """Read a picture of any format that training reads.

    PNG and TIFF of 16 bits keep them, also through a colour profile, where the extra `deep` is installed.

    Raises:
        DataError: the file gives no picture.
    """
    with told_of(path), path.open("rb", buffering=0) as file:
        content, sha256 = hashed(file)
        with plain_reasons():
            image = open_picture(content)
            dpi = _dpi(image)
            pixels, note = _pixels(content, image)
    return Artwork(path.stem, sha256, _without_idle_alpha(pixels), dpi, note)


def read_mask(path: Path, like: Artwork) -> Tensor:
    """Read a grey picture that lies on a content: where it is light it counts, soft edges by their grey.

    Colours count by how light they are, and what is transparent counts as black.

    Args:
        path: of the mask.
        like: the content that it is for.

    Raises:
        DataError: the file gives no picture, or one of another size than the content's.

    Shape:
        (1, 1, H, W) in 0…1
    """
    size = (like.width, like.height)
    check_mask(path, like.name, size)
    picture = read_artwork(path).at(*size).add_(1).div_(2)
    light = luminance(picture[:, :3])
    return light * picture[:, 3:] if picture.shape[1] == 4 else light


def _scaled(plane: Tensor, width: int, height: int) -> Tensor:
    """(H, W) to (1, 1, height, width) in 0…1."""
    return F.interpolate(plane[None, None], (height, width), mode="bicubic", antialias=True).clamp_(0, 1)


def _pixels(file: IO[bytes], image: Image.Image) -> tuple[Levels, str]:
    """The pixels as they stand upright, and what was lost."""
    if not is_deep(image):
        return _shallow_pixels(image), ""
    if not deep_is_installed():
        return _shallow_pixels(image), f"read with 8 bits a channel, though the file has more. {DEEP_HINT}"
    orientation = orientation_of(image)
    pixels = deep_pixels(file, image)
    if pixels is None:
        return _shallow_pixels(image), "read with 8 bits a channel, though the file has more"
    return _upright(pixels, orientation), ""


def _shallow_pixels(image: Image.Image) -> Levels:
    """The pixels with 8 bits, upright; straight alpha where the format has any."""
    width, height = upright_size(image)
    recipe = Recipe(width, height, "stretch", "rgb", (0, 0, 0))
    if not image.has_transparency_data:
        return np.frombuffer(picture_bytes(image, recipe), np.uint8).reshape(height, width, 3)
    straight = image.convert("RGBA")
    colours = straight.getchannel("R") if image.mode in GREY else straight.convert("RGB")
    alpha = straight.getchannel("A")
    alpha.info.pop("icc_profile", None)  # it is about colours
    levels, alphas = (
        np.frombuffer(picture_bytes(part, recipe), np.uint8).reshape(height, width, 3) for part in (colours, alpha)
    )
    return np.concatenate((levels, alphas[..., :1]), axis=2)


def _upright(pixels: Any, orientation: int) -> Any:
    if orientation in SIDEWAYS:
        pixels = pixels.swapaxes(0, 1)
    rows, columns = _FLIPS.get(orientation, (1, 1))
    return np.ascontiguousarray(pixels[::rows, ::columns])


def _without_idle_alpha(pixels: Levels) -> Levels:
    """The pixels without their alpha where it hides nothing."""
    opaque = pixels.shape[2] == 4 and pixels[..., 3].min() == np.iinfo(pixels.dtype).max
    return pixels[..., :3].copy() if opaque else pixels


def _dpi(image: Image.Image) -> float | None:
    """Pixels per inch along the rows; None where the file says nothing of use."""
    dpi = float(image.info.get("dpi", (0, 0))[0])
    return round(dpi, 2) if 1 < dpi < 1e5 else None
