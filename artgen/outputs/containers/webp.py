"""WebP: chunks of a RIFF file (RFC 9649)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from artgen.outputs.containers.pieces import (
    AFTER_THE_PICTURE,
    Apart,
    ContainerError,
    Piece,
    only_orientation,
    tells_more,
)

_SHOWS = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"})
_PICTURES = frozenset({b"VP8 ", b"VP8L", b"ANMF"})
_HAS_EXIF, _HAS_XMP = 0x08, 0x04
_PREFIX = b"Exif\0\0"
"""Some programs put it before the EXIF, as in a JPEG."""


def recognises(data: bytes) -> bool:
    """Whether it begins as a WebP."""
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def apart(data: bytes) -> Apart:
    """Keep what is painted from, the frames of an animation, and the profile."""
    kept: list[tuple[bytes, bytes]] = []
    pieces = []
    said = []
    (size,) = struct.unpack_from("<I", data, 4)
    end = 8 + size
    for kind, body in _chunks(data, end):
        if kind in _SHOWS:
            kept.append((kind, body))
        elif kind == b"EXIF":
            exif = body.removeprefix(_PREFIX)
            said.append(exif)
            if tells_more(exif):
                pieces.append(Piece("exif", "EXIF", exif))
        elif kind == b"XMP ":
            pieces.append(Piece("xmp", "XMP", body))
        else:
            pieces.append(Piece("other", f"chunk {kind.decode('latin-1').strip()}", body))
    if not any(kind in _PICTURES for kind, _ in kept):
        raise ContainerError("this WebP is damaged: there is no picture within the length that it states")
    if end < len(data):
        pieces.append(Piece("other", AFTER_THE_PICTURE, data[end:]))
    if turned := only_orientation(said, pieces):
        kept.append((b"EXIF", turned))
    flags = _HAS_EXIF if turned else 0
    body = b"".join(_chunk(kind, _flagged(body, flags) if kind == b"VP8X" else body) for kind, body in kept)
    return Apart(b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body, pieces)


def _chunks(data: bytes, end: int) -> Iterator[tuple[bytes, bytes]]:
    if end > len(data):
        raise ContainerError("this WebP ends before its time")
    at = 12
    while at < end:
        kind, length = struct.unpack_from("<4sI", data, at)
        if at + 8 + length > end:
            raise ContainerError("this WebP ends before its time")
        yield kind, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _flagged(header: bytes, flags: int) -> bytes:
    """The header of an extended file, which says what is in it."""
    return bytes([header[0] & ~(_HAS_EXIF | _HAS_XMP) | flags]) + header[1:]
