"""Pictures of 16 bits a channel at full depth, by the extra `deep`: imagecodecs and tifffile.

Pillow reads and writes 16-bit grey, but no 16-bit colours, and its colour management has 8 bits. tifffile knows every
kind of TIFF; imagecodecs brings libpng, the codecs of compressed TIFFs and LittleCMS, all at 16 bits and as fast as C.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from artgen.data.srgb import srgb_profile

if TYPE_CHECKING:
    from PIL import Image

    Levels = NDArray[np.uint8] | NDArray[np.uint16]

DEEP_HINT = "For all 16 bits: pip install 'artgen-toolkit[deep]'"

_ALPHA_KINDS = (1, 2)
"""What a TIFF calls its fourth channel when it is transparency: premultiplied, or straight."""
_PREMULTIPLIED = 1


def deep_is_installed() -> bool:
    """Whether the extra is there."""
    try:
        import imagecodecs  # noqa: F401
        import tifffile  # noqa: F401
    except ImportError:
        return False
    return True


def deep_pixels(file: IO[bytes], image: Image.Image) -> NDArray[np.uint16] | None:
    """All 16 bits of a PNG or TIFF as sRGB with straight alpha, not yet turned upright.

    Args:
        file: of the picture.
        image: the same, opened by Pillow.

    Returns:
        (H, W, 3 or 4); None for pictures of another kind, such as CMYK or floating point.
    """
    file.seek(0)
    pixels = _png(file) if image.format == "PNG" else _tiff(file) if image.format == "TIFF" else None
    if pixels is None or pixels.dtype != np.uint16:
        return None
    colours, alpha = (pixels[..., :-1], pixels[..., -1:]) if pixels.shape[2] in (2, 4) else (pixels, None)
    colours = _in_srgb(colours, image.info.get("icc_profile"))
    if alpha is None:
        return colours
    return np.concatenate((colours, alpha), axis=2)


def _png(file: IO[bytes]) -> NDArray[Any]:
    import imagecodecs

    pixels: NDArray[Any] = imagecodecs.png_decode(file.read())
    return pixels if pixels.ndim == 3 else pixels[..., None]


def _tiff(file: IO[bytes]) -> NDArray[Any] | None:
    """(H, W, 1 to 4) of the first page, alpha straight."""
    import tifffile

    page = tifffile.TiffFile(file).pages[0]
    meaning = tifffile.PHOTOMETRIC
    colours = {meaning.RGB: 3, meaning.MINISBLACK: 1, meaning.MINISWHITE: 1}.get(page.photometric)
    if colours is None or page.axes not in ("YX", "YXS", "SYX"):
        return None
    pixels: NDArray[Any] = page.asarray()
    if pixels.dtype == np.uint16:
        pixels = _of_sixteen_bits(pixels, page.bitspersample)
    if page.photometric == meaning.MINISWHITE and pixels.dtype == np.uint16:
        pixels = ~pixels
    if page.axes != "YXS":
        pixels = np.moveaxis(pixels, 0, 2) if page.axes == "SYX" else pixels[..., None]
    kind = next(iter(page.extrasamples), None)
    if kind not in _ALPHA_KINDS:
        return pixels[..., :colours]
    pixels = pixels[..., : colours + 1]
    return _straight(pixels) if kind == _PREMULTIPLIED else pixels


def _of_sixteen_bits(pixels: NDArray[Any], bits: int) -> NDArray[Any]:
    """Levels of 9 to 16 bits, as of many cameras and scanners, as uint16 from black to white."""
    most = (1 << bits) - 1
    return pixels if bits == 16 else ((pixels.astype(np.uint32) * 65535 + most // 2) // most).astype(np.uint16)


def _straight(pixels: NDArray[Any]) -> NDArray[Any]:
    """Premultiplied uint16 to straight."""
    alpha = np.maximum(pixels[..., -1:], 1)
    colours = np.minimum(pixels[..., :-1] * (65535 / alpha), 65535)
    return np.concatenate((np.rint(colours).astype(pixels.dtype), pixels[..., -1:]), axis=2)


def _in_srgb(colours: NDArray[Any], profile: bytes | None) -> NDArray[np.uint16]:
    """(H, W, 1 or 3) to (H, W, 3); the numbers are taken as they are where the profile is broken or of another kind."""
    import imagecodecs

    three: NDArray[np.uint16] = np.broadcast_to(colours, (*colours.shape[:2], 3))
    if not profile:
        return three
    space = "gray" if colours.shape[2] == 1 else "rgb"
    try:
        return np.asarray(
            imagecodecs.cms_transform(
                np.ascontiguousarray(colours if space == "rgb" else colours[..., 0]),
                profile,
                srgb_profile(),
                colorspace=space,
                outcolorspace="rgb",
            )
        )
    except (imagecodecs.CmsError, ValueError, RuntimeError):
        return three
