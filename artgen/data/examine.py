"""The task of `artgen inspect`'s processes: what there is to know of one file."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from PIL import Image

from artgen.data.decode import (
    PictureError,
    Recipe,
    is_deep,
    open_picture,
    orientation_of,
    picture_bytes,
    plain_reasons,
    upright_size,
)
from artgen.data.rows import hashed

THUMB_PX = 16

_THUMB = Recipe(THUMB_PX, THUMB_PX, "stretch", "rgb", (128, 128, 128))


class Facts(NamedTuple):
    """What is known of one file.

    Attributes:
        width: of the picture as it stands upright; 0 when there is none.
        mode: Pillow's name for its channels.
        deep: more than 8 bits a channel.
        turned: EXIF says that it lies on its side, on its head or mirrored.
        thumb: 16×16 RGB bytes in hexadecimal, over grey.
        reason: why there is no picture; "" when there is one.
    """

    sha256: str = ""
    width: int = 0
    height: int = 0
    kind: str = ""
    mode: str = ""
    transparent: bool = False
    profile: bool = False
    deep: bool = False
    turned: bool = False
    animated: bool = False
    thumb: str = ""
    reason: str = ""


class Examiner:
    """Examines the file at a path, decoding it as small as it can."""

    def __init__(self, settings: None) -> None:
        del settings  # there are none

    def __call__(self, path: str) -> Facts:
        """Read and decode one file."""
        try:
            with Path(path).open("rb", buffering=0) as file:
                content, sha256 = hashed(file)
                with plain_reasons():
                    return _facts(open_picture(content), sha256)
        except PictureError as error:
            return Facts(reason=str(error))
        except OSError as error:
            return Facts(reason=f"cannot be read: {error.strerror or error}")


def _facts(image: Image.Image, sha256: str) -> Facts:
    width, height = upright_size(image)
    kind, mode, orientation = image.format or "", image.mode, orientation_of(image)
    profile, animated = bool(image.info.get("icc_profile")), getattr(image, "is_animated", False)
    deep = is_deep(image)
    thumb = picture_bytes(image, _THUMB)
    transparent = image.has_transparency_data and image.convert("RGBA").getchannel("A").getextrema()[0] != 255
    return Facts(sha256, width, height, kind, mode, transparent, profile, deep, orientation != 1, animated, thumb.hex())
