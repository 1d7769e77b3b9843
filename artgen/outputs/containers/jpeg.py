"""JPEG: segments, and between some of them the coded picture (ITU-T T.81; ITU-T T.871 for JFIF)."""

from __future__ import annotations

import re
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

_START, _END, _SCAN, _COMMENT = 0xD8, 0xD9, 0xDA, 0xFE
_APP = range(0xE0, 0xF0)
_NEXT_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
"""Within coded data 0xFF is followed by 0 or is a restart, which both belong to it."""
_EXIF, _XMP, _JFIF = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"JFIF\0"
_JFIF_BYTES = 14
"""Of JFIF without its little picture."""


def recognises(data: bytes) -> bool:
    """Whether it begins as a JPEG."""
    return data.startswith(b"\xff\xd8\xff")


def apart(data: bytes) -> Apart:
    """Keep the coded picture to the byte, and what says in which colours it is."""
    rest, pieces, exif = [data[:2]], [], []
    for marker, body, coded in _segments(data):
        kept, piece = _of_segment(marker, body)
        if kept is not None:
            rest.append(_segment(marker, kept) + coded)
        if piece:
            pieces.append(piece)
        if marker == _APP[1] and body.startswith(_EXIF):
            exif.append(body[len(_EXIF) :])
    if turned := only_orientation(exif, pieces):
        behind_jfif = 2 if any(one.startswith(_JFIF, 4) for one in rest[1:2]) else 1
        rest.insert(behind_jfif, _segment(_APP[1], _EXIF + turned))
    return Apart(b"".join(rest) + b"\xff\xd9", pieces)


def _segments(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """(marker, body, what is coded after it) of each segment; what stands behind the end comes last, with its marker."""
    at = 2
    while True:
        if data[at] != 0xFF:
            raise ContainerError("this JPEG is damaged: there is no marker where one should be")
        while data[at + 1] == 0xFF:
            at += 1
        marker = data[at + 1]
        if marker == _END:
            yield _END, data[at + 2 :], b""
            return
        (length,) = struct.unpack_from(">H", data, at + 2)
        end = at + 2 + length
        following = _NEXT_MARKER.search(data, end) if marker == _SCAN else None
        if length < 2 or end > len(data) or (marker == _SCAN and not following):
            raise ContainerError("this JPEG ends before its time")
        body, at = data[at + 4 : end], following.start() if following else end
        yield marker, body, data[end:at]


def _of_segment(marker: int, body: bytes) -> tuple[bytes | None, Piece | None]:
    """What is kept of a segment, and what it tells."""
    if marker == _END:
        return None, Piece("other", AFTER_THE_PICTURE, body) if body else None
    if marker == _COMMENT:
        return None, Piece("text", "comment", body)
    if marker not in _APP:
        return body, None
    number = marker - _APP.start
    if body.startswith(b"MPF\0"):
        raise ContainerError(
            "there is more than one picture in this JPEG, such as a gain map; one cannot be kept alone"
        )
    if (number, body[:12]) == (2, b"ICC_PROFILE\0") or (number, body[:5]) == (14, b"Adobe"):
        return body, None
    if number == 0 and body.startswith(_JFIF):
        plain = body[: _JFIF_BYTES - 2] + b"\0\0"
        return plain, Piece("other", "a little picture") if body != plain else None
    if body.startswith(_EXIF):
        exif = body[len(_EXIF) :]
        return None, Piece("exif", "EXIF", exif) if tells_more(exif) else None
    if body.startswith(_XMP):
        return None, Piece("xmp", "XMP", body[len(_XMP) :])
    if body.startswith(b"Photoshop 3.0\0"):
        return None, Piece("other", "IPTC", body)
    return None, Piece("other", f"segment APP{number}", body)


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body
