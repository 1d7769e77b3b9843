"""Pictures of 8 bits as PNG (ISO/IEC 15948).

Pillow keeps Python's lock while it compresses, so that a network that paints beside it has to wait; numpy and zlib let it
go on.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artgen.outputs.containers.png import SIGNATURE, chunk

Bytes = NDArray[np.uint8]

_COLOUR_TYPES = {1: 0, 3: 2, 4: 6}
_BAND_VALUES = 1 << 20
_CHUNK_BYTES = 1 << 30
"""A chunk has room for twice as much less one; the pixels of the largest canvases are more."""
_INCH_M = 0.0254
_LEVEL = 6


def png_bytes(picture: Bytes, chunks: Iterable[tuple[bytes, bytes]], *, icc: bytes = b"", dpi: float = 0) -> bytes:
    """A PNG file; what it carries stands before its pixels.

    Args:
        picture: (H, W, C) with 1, 3 or 4 channels, straight alpha.
        chunks: type and data of each.
        icc: colour profile.
        dpi: how large it is printed; 0 says nothing of that.
    """
    height, width, channels = picture.shape
    header = (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPES[channels], 0, 0, 0))
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, 15, 9, zlib.Z_FILTERED)
    data = b"".join([*(packer.compress(band.data) for band in _filtered(picture)), packer.flush()])
    pixels = [(b"IDAT", data[first : first + _CHUNK_BYTES]) for first in range(0, len(data), _CHUNK_BYTES)]
    whole = [header, *shown_as(icc, dpi), *chunks, *pixels, (b"IEND", b"")]
    return SIGNATURE + b"".join(chunk(kind, content) for kind, content in whole)


def shown_as(icc: bytes, dpi: float) -> Iterator[tuple[bytes, bytes]]:
    """Type and data of the chunks that say what the colours mean, and how large the picture is printed."""
    if icc:
        yield b"iCCP", b"ICC Profile\0\0" + zlib.compress(icc)
    if dpi:
        per_metre = round(dpi / _INCH_M)
        yield b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1)


def _filtered(picture: Bytes) -> Iterator[Bytes]:
    """Rows as they are compressed, some at a time: each with the filter that leaves the least, as libpng chooses."""
    height, width, channels = picture.shape
    rows = picture.reshape(height, width * channels)
    above = np.zeros((1, width * channels), np.uint8)
    at_once = max(1, _BAND_VALUES // (width * channels))
    for first in range(0, height, at_once):
        band = rows[first : first + at_once]
        yield _with_filters(band, np.concatenate((above, band[:-1])), channels)
        above = band[-1:]


def _with_filters(x: Bytes, up: Bytes, channels: int) -> Bytes:
    left, corner = (_shifted(part, channels) for part in (x, up))
    a, b, c = (part.astype(np.int16) for part in (left, up, corner))
    to_a, to_b, to_c = np.abs(b - c), np.abs(a - c), np.abs(a + b - 2 * c)
    paeth = np.where((to_a <= to_b) & (to_a <= to_c), left, np.where(to_b <= to_c, up, corner))
    ways = [x, x - left, x - up, x - ((a + b) >> 1).astype(np.uint8), x - paeth]
    costs = np.stack([np.minimum(way, -way).sum(1, dtype=np.int64) for way in ways])
    best = costs.argmin(0)
    packed = np.empty((len(x), 1 + x.shape[1]), np.uint8)
    packed[:, 0] = best
    for number, way in enumerate(ways):
        chosen = best == number
        packed[chosen, 1:] = way[chosen]
    return packed


def _shifted(rows: Bytes, by: int) -> Any:
    moved = np.zeros_like(rows)
    moved[:, by:] = rows[:, :-by]
    return moved
