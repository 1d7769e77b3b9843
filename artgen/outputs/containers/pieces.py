"""What a picture file is taken apart into."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

MOST_TEXT_BYTES = 1 << 20
"""Longer texts are not unpacked: no recipe is as long, and a few bytes can unpack to gigabytes."""

Range = tuple[int, int]
"""The first byte, and the one after the last."""


class ContainerError(Exception):
    """A file that cannot be taken apart; the text says why."""


@dataclass(frozen=True)
class Piece:
    """Something that tells of the picture and is not needed to show it.

    Attributes:
        kind: how `data` is to be read: UTF-8, a TIFF structure, an XMP packet, or not at all.
        name: a text's keyword, else what people call it.
        data: without the container's own headers.
    """

    kind: Literal["text", "exif", "xmp", "other"]
    name: str
    data: bytes = b""


@dataclass(frozen=True)
class Apart:
    """A file taken apart.

    Attributes:
        rest: the same file without the pieces; its pixels, colours and orientation are as they were.
        pieces: in their order.
    """

    rest: bytes
    pieces: Sequence[Piece]


AFTER_THE_PICTURE = "data after the picture"
"""Name of what stands behind the end of a picture, such as the film of a "live" photograph."""


def refuse_overlap(cleared: Iterable[Range], kept: Iterable[Range], length: int) -> None:
    """Make sure that clearing some bytes of a file touches nothing that is kept.

    Raises:
        ContainerError: it would, or the bytes are outside of the file.
    """
    cleared = sorted(cleared)
    if any(not 0 <= start <= end <= length for start, end in cleared):
        raise ContainerError("it is damaged: a part lies outside of the file")
    edges = sorted([(start, end, True) for start, end in cleared] + [(start, end, False) for start, end in kept])
    reached = {True: 0, False: 0}  # how far those of each kind go that begin no later
    for start, end, clears in edges:
        if start < end:
            if start < reached[not clears]:
                raise ContainerError("what tells of the picture shares bytes with the picture itself")
            reached[clears] = max(reached[clears], end)


_ORIENTATION = 0x0112
_ONE_ENTRY = struct.Struct("<2sHIHHHIHHI")


_RAW_PROFILE = "Raw profile type exif"
"""Name of the text that ImageMagick writes into a PNG: EXIF in hexadecimal digits behind three lines of its own."""
_IN_XMP = re.compile(rb'tiff:Orientation(?:="|>)([1-8])')


def only_orientation(exif: Iterable[bytes], pieces: Iterable[Piece]) -> bytes:
    """EXIF that says nothing but how the picture must be turned; empty where it stands upright already.

    Programs look for it in EXIF, in a PNG also in what ImageMagick writes there, and then in XMP.

    Args:
        exif: every EXIF of the file.
        pieces: what else tells of the picture.
    """
    pieces = list(pieces)
    raw = (_of_raw_profile(piece.data) for piece in pieces if piece.name == _RAW_PROFILE)
    in_xmp = (_IN_XMP.search(piece.data) for piece in pieces if piece.kind == "xmp")
    said = [*map(_orientation, (*exif, *raw)), *(int(found[1]) for found in in_xmp if found)]
    return _written(next(filter(None, said), 1))


def tells_more(exif: bytes) -> bool:
    """Whether EXIF says more than how the picture must be turned."""
    return exif != _written(_orientation(exif) or 1)


def _written(orientation: int) -> bytes:
    return _ONE_ENTRY.pack(b"II", 42, 8, 1, _ORIENTATION, 3, 1, orientation, 0, 0) if orientation != 1 else b""


def _of_raw_profile(text: bytes) -> bytes:
    try:
        return bytes.fromhex(b"".join(text.split(b"\n")[3:]).decode("ascii")).removeprefix(b"Exif\0\0")
    except ValueError:
        return b""


def _orientation(exif: bytes) -> int:
    """1 to 8; 0 where nothing is said, or nothing that can be read."""
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    try:
        if order:
            (at,) = struct.unpack_from(f"{order}I", exif, 4)
            (count,) = struct.unpack_from(f"{order}H", exif, at)
            for entry in range(at + 2, at + 2 + 12 * count, 12):
                tag, _, _, value = struct.unpack_from(f"{order}HHIH", exif, entry)
                if tag == _ORIENTATION:
                    return value if 1 <= value <= 8 else 0
    except struct.error:
        pass
    return 0
