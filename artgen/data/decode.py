"""One file of any picture format -> the bytes of one training picture.

Imports neither numpy nor torch: the worker processes of the cache start with this module, and each would pay.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Literal

from PIL import Image, UnidentifiedImageError

if TYPE_CHECKING:
    from PIL import ImageCms

    from artgen.data.config import DataConfig

DECODER_VERSION = 1
"""Raised when the same file and settings give other bytes than before: caches and fingerprints change with it."""

LARGEST_PX = 1 << 28
"""Pictures of more pixels (about 268 million; a gigabyte when decoded) are refused by their header."""

OVERSAMPLING = 2
"""A JPEG much larger than wanted is decoded at 1/2, 1/4 or 1/8, never below this many times the wanted size."""

_PLUGINS = {
    "JPEG": "PIL.JpegImagePlugin",
    "PNG": "PIL.PngImagePlugin",
    "WEBP": "PIL.WebPImagePlugin",
    "GIF": "PIL.GifImagePlugin",
    "BMP": "PIL.BmpImagePlugin",
    "TIFF": "PIL.TiffImagePlugin",
    "AVIF": "PIL.AvifImagePlugin",
}
_ORIENTATION_TAG = 0x0112
_BITS_TAG = 0x0102
_MEANING_TAG = 0x0106
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
GREY = frozenset({"1", "L", "LA", "La"})
"""Modes of pictures without colours, with transparency or without: profiles of greys are for these alone."""
SIDEWAYS = frozenset({5, 6, 7, 8})
"""Orientations in which width and height change places."""


class PictureError(Exception):
    """A file that gives no picture; the text says why in plain words."""


class NoMemoryError(PictureError):
    """One that gives none now; at another time it may."""


@dataclass(frozen=True)
class Recipe:
    """What of the `[data]` table decides a picture's bytes."""

    width: int
    height: int
    fit: Literal["cover", "contain", "stretch"]
    colors: Literal["rgb", "rgba", "gray"]
    background: tuple[int, int, int]

    @classmethod
    def of(cls, config: DataConfig) -> Recipe:
        """The recipe that a job asks for."""
        shape = config.decoded_shape
        return cls(shape.width, shape.height, config.fit, config.colors, config.background_rgb)

    def scaled(self, width: int, height: int) -> tuple[float, float]:
        """How large a whole picture of these sides becomes before it is cropped or padded."""
        across, down = self.width / width, self.height / height
        if self.fit == "stretch":
            return self.width, self.height
        factor = max(across, down) if self.fit == "cover" else min(across, down)
        return width * factor, height * factor

    def turned(self) -> Recipe:
        """The same for a picture that lies on its side."""
        return Recipe(self.height, self.width, self.fit, self.colors, self.background)


def decode(file: IO[bytes], recipe: Recipe) -> bytes:
    """Read one picture as 8-bit sRGB in the wanted size and channels; RGBA is premultiplied.

    Scaled by Lanczos in the file's own colours, transparent pictures premultiplied (no fringe of the colour that
    lies under full transparency), and only then converted to sRGB.

    Returns:
        height × width × channels bytes, rows from the top.

    Raises:
        PictureError: the file is no picture, damaged, or larger than `LARGEST_PX`.
    """
    with plain_reasons():
        return picture_bytes(open_picture(file), recipe)


@contextmanager
def plain_reasons() -> Iterator[None]:
    """Turn whatever Pillow raises on a bad file into a PictureError."""
    try:
        yield
    except PictureError:
        raise
    except MemoryError as error:
        raise NoMemoryError("there is not enough memory to decode it") from error
    except Exception as error:  # damaged files raise anything: SyntaxError, struct.error, ZeroDivisionError
        raise PictureError(f"damaged: {str(error) or type(error).__name__}") from error


def open_picture(file: IO[bytes]) -> Image.Image:
    """Read the header of a picture, and refuse it when it is no picture or too large to decode."""
    Image.MAX_IMAGE_PIXELS = None  # our own limit is by the header, too, and does not warn
    try:
        image = Image.open(file, formats=formats())
    except UnidentifiedImageError as error:
        file.seek(0, io.SEEK_END)
        raise PictureError("not a picture that can be read here" if file.tell() else "the file is empty") from error
    except Image.DecompressionBombError as error:
        raise PictureError("more pixels than Pillow allows to decode") from error
    width, height = image.size
    if width * height > LARGEST_PX:
        raise PictureError(f"{width}×{height} pixels; the limit is {LARGEST_PX // 1_000_000} million")
    return image


@functools.cache
def formats() -> tuple[str, ...]:
    """Pillow's names of the formats that are read; everything else (PostScript, PDF…) is not even tried."""
    for plugin in _PLUGINS.values():
        importlib.import_module(plugin)
    if importlib.util.find_spec("pillow_heif"):
        importlib.import_module("pillow_heif").register_heif_opener()
        return (*_PLUGINS, "HEIF")
    return tuple(_PLUGINS)


def load(image: Image.Image, recipe: Recipe) -> int:
    """Decode an opened picture, a JPEG at reduced size; return its EXIF orientation, 1-8.

    TIFF turns itself while it loads, so its orientation is asked for afterwards; JPEG's is needed before.
    """
    if image.format in {"JPEG", "MPO"}:
        orientation = orientation_of(image)
        wanted = recipe.turned() if orientation in SIDEWAYS else recipe
        width, height = wanted.scaled(*image.size)
        image.draft(None, (max(1, round(width * OVERSAMPLING)), max(1, round(height * OVERSAMPLING))))
        image.load()
        return orientation
    image.load()
    return orientation_of(image)


def orientation_of(image: Image.Image) -> int:
    """How a picture must be turned to stand upright, 1-8 as in EXIF; 1 where nothing is said."""
    try:
        orientation: int = image.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:  # broken EXIF says nothing about the picture
        return 1
    return orientation if orientation in _TURNS else 1


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Width and height of an opened picture as it stands upright; Pillow says a TIFF's that way."""
    sideways = orientation_of(image) in SIDEWAYS and image.format != "TIFF"
    return (image.height, image.width) if sideways else image.size


def is_deep(image: Image.Image) -> bool:
    """Whether an opened picture has more than 8 bits a channel."""
    return image.mode.startswith(("I", "F")) or ";16" in str(getattr(image, "tile", "")) or _bits(image, 8) > 8


def _bits(image: Image.Image, unsaid: int) -> int:
    """How many bits a channel of a TIFF has; `unsaid` for other pictures."""
    return int(max(getattr(image, "tag_v2", {}).get(_BITS_TAG, (unsaid,))))


def picture_bytes(image: Image.Image, recipe: Recipe) -> bytes:
    """`decode` from an opened picture on; raises what Pillow raises."""
    profile = image.info.get("icc_profile")
    orientation = load(image, recipe)
    deep_scale, white_is_zero = _deep_scale(image), _white_is_zero(image)
    grey = image.mode in GREY
    image = _resized(_scalable(image), recipe.turned() if orientation in SIDEWAYS else recipe)
    if orientation != 1:
        image = image.transpose(_TURNS[orientation])
    if deep_scale:
        factor, offset = (-deep_scale, 255) if white_is_zero else (deep_scale, 0)
        image = image.point(lambda value: value * factor + offset + 0.5).convert("L")
    return _finished(_in_srgb(image, profile, grey=grey), recipe)


def _deep_scale(image: Image.Image) -> float:
    """What the values of a grey picture of more than 8 bits are multiplied by to reach 0-255; 0 for other pictures."""
    if image.mode.startswith("I;16"):
        return 255 / ((1 << _bits(image, 16)) - 1)
    if image.mode not in {"I", "F"}:
        return 0
    brightest = float(image.getextrema()[1])  # type: ignore[arg-type] # one band: a pair of numbers
    if image.mode == "F" and not _is_finite(image):
        raise PictureError("damaged: some of its values are no numbers")
    if brightest <= 255:
        return 255 if image.mode == "F" and brightest <= 1 else 1
    return 1 / 257 if brightest <= 65535 else 255 / brightest


def _is_finite(image: Image.Image) -> bool:
    """Whether all values are numbers: one that is none would spread over its neighbours, or darken all the others."""
    import numpy as np

    return bool(np.isfinite(np.asarray(image)).all())


def _white_is_zero(image: Image.Image) -> bool:
    """Whether a TIFF counts from white to black; Pillow turns round those of 8 bits alone."""
    return bool(getattr(image, "tag_v2", {}).get(_MEANING_TAG) == 0)


def _scalable(image: Image.Image) -> Image.Image:
    """The picture in a mode in which mixing neighbours is right."""
    if image.mode.startswith(("I", "F")):
        return image.convert("F")
    if image.has_transparency_data:
        return image.convert("RGBA").convert("RGBa")
    if image.mode in {"L", "RGB", "CMYK", "LAB"}:
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _resized(image: Image.Image, recipe: Recipe) -> Image.Image:
    size = (recipe.width, recipe.height)
    box = None
    if recipe.fit == "cover":
        box = crop_box(image.width, image.height, recipe)
    elif recipe.fit == "contain":
        width, height = recipe.scaled(*image.size)
        size = (max(1, round(width)), max(1, round(height)))
    if size == image.size:
        return image
    return image.resize(size, Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)


def crop_box(width: int, height: int, recipe: Recipe) -> tuple[float, float, float, float]:
    """What `cover` keeps of a picture: left, upper, right, lower; the middle, in the wanted proportions."""
    kept_width = min(width, height * recipe.width / recipe.height)
    kept_height = min(height, width * recipe.height / recipe.width)
    left, upper = (width - kept_width) / 2, (height - kept_height) / 2
    return left, upper, left + kept_width, upper + kept_height


def _in_srgb(image: Image.Image, profile: Any, *, grey: bool) -> Image.Image:
    """The colours, all of them equal where they are `grey`, as sRGB: mode L, RGB or, premultiplied, RGBa."""
    if image.mode == "RGBa" and profile:
        straight = image.convert("RGBA")
        colours = straight.getchannel("R") if grey else straight.convert("RGB")
        colours = _through_profile(colours, profile).convert("RGB")
        colours.putalpha(straight.getchannel("A"))
        return colours.convert("RGBa")
    if profile or image.mode == "LAB":
        image = _through_profile(image, profile)
    return image if image.mode in {"L", "RGB", "RGBa"} else image.convert("RGB")


def _through_profile(image: Image.Image, profile: Any) -> Image.Image:
    from PIL import ImageCms

    try:
        result = ImageCms.applyTransform(image, _transform(profile, image.mode))
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image  # a broken profile, or one of another kind of picture: the numbers are taken as they are
    return result or image


@functools.lru_cache(maxsize=64)
def _transform(profile: bytes | None, mode: str) -> ImageCms.ImageCmsTransform:
    """From a profile (LAB needs none) to sRGB."""
    from PIL import ImageCms

    if mode == "LAB":
        source: Any = ImageCms.createProfile("LAB")
    else:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile or b""))
    return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")


def _finished(image: Image.Image, recipe: Recipe) -> bytes:
    """Put the picture on its canvas and bring it to the wanted channels."""
    size = (recipe.width, recipe.height)
    corner = ((size[0] - image.width) // 2, (size[1] - image.height) // 2)
    if recipe.colors == "rgba":
        if image.mode != "RGBa":
            image = image.convert("RGBA").convert("RGBa")
        if image.size != size:
            canvas = Image.new("RGBa", size, (0, 0, 0, 0))
            canvas.paste(image, corner)
            image = canvas
        return image.tobytes()
    if image.mode == "RGBa" or image.size != size:
        canvas = Image.new("RGB", size, recipe.background)
        straight = image.convert("RGBA") if image.mode == "RGBa" else image
        canvas.paste(straight, corner, straight if straight.mode == "RGBA" else None)
        image = canvas
    return image.convert("L" if recipe.colors == "gray" else "RGB").tobytes()
