"""TIFF: directories of tags that point anywhere in the file (Adobe, TIFF 6.0, 1992).

Tags that only tell of the picture leave their directory, and their values become zeros; nothing else moves.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from PIL import TiffTags

from artgen.outputs.containers.pieces import Apart, ContainerError, Piece, Range, only_orientation, refuse_overlap

_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_SHOWS = frozenset(
    {254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 273, 274, 277, 278, 279, 280, 281, 282, 283, 284, 286, 287}
    | {288, 289, 290, 291, 292, 293, 296, 297, 301, 317, 318, 319, 320, 321, 322, 323, 324, 325, 332, 333, 334, 336}
    | {338, 339, 340, 341, 342, 343, 344, 345, 346, 347, 512, 513, 514, 515, 517, 518, 519, 520, 521, 529, 530, 531}
    | {532, 34675}
)
"""Tags of the baseline and of its extensions that say how pixels are stored, coloured, printed and turned, and the
profile."""
_DIRECTORIES = {34665: "EXIF", 34853: "the place (GPS)", 40965: "EXIF"}
_NAMES = {33723: "IPTC", 34377: "Photoshop's"}
_DESCRIPTION, _ORIENTATION, _SOFTWARE, _XMP, _MORE_DIRECTORIES, _DNG = 270, 274, 305, 700, 330, 50706
_PIXELS = {273: 279, 324: 325, 513: 514}
"""Tags that say where pixels are, and those that say how many bytes."""
_MOST_DEPTH = 4


@dataclass(frozen=True)
class _Entry:
    """A tag: its line in the directory, and where its value is."""

    tag: int
    kind: int
    line: bytes
    value: Range
    inline: bool


@dataclass(frozen=True)
class _Directory:
    start: int
    end: int
    entries: list[_Entry]
    next: int


def recognises(data: bytes) -> bool:
    """Whether it begins as a TIFF, of 32 or 64 bits."""
    return data[:4] in {b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"}


def apart(data: bytes) -> Apart:
    """Keep the tags that show the picture, of every page."""
    if data[2:4] in {b"+\0", b"\0+"}:
        raise ContainerError("a BigTIFF cannot be taken apart here")
    order = "<" if data[:2] == b"II" else ">"
    out, pieces = bytearray(data), list[Piece]()
    kept: list[Range] = [(0, 8)]
    cleared: list[Range] = []
    (at,) = struct.unpack_from(f"{order}I", data, 4)
    seen = set()
    while at:
        if at in seen:
            raise ContainerError("this TIFF is damaged: its pages run in a circle")
        seen.add(at)
        page = _directory(data, at, order)
        tags = {entry.tag for entry in page.entries}
        if tags & {_MORE_DIRECTORIES, _DNG}:
            raise ContainerError("there is more than plain pictures in this TIFF")
        told = [_piece(data, entry) for entry in page.entries if entry.tag not in _SHOWS]
        if _ORIENTATION not in tags and only_orientation((), told):
            raise ContainerError("how it is turned stands among what would be taken out, in its XMP")
        pieces += told
        stays = [entry for entry in page.entries if entry.tag in _SHOWS]
        for entry in page.entries:
            if entry.tag not in _SHOWS:
                cleared += _all_of(data, entry, order)
        kept += [(page.start, page.end), *(entry.value for entry in stays if not entry.inline)]
        kept += _pixels(data, stays, order)
        lines = b"".join(entry.line for entry in stays)
        new = struct.pack(f"{order}H", len(stays)) + lines + struct.pack(f"{order}I", page.next)
        out[page.start : page.end] = new.ljust(page.end - page.start, b"\0")
        at = page.next
    refuse_overlap(cleared, kept, len(data))
    for start, end in cleared:
        out[start:end] = bytes(end - start)
    return Apart(bytes(out), pieces)


def _directory(data: bytes, at: int, order: str) -> _Directory:
    (count,) = struct.unpack_from(f"{order}H", data, at)
    entries = []
    for line in range(at + 2, at + 2 + 12 * count, 12):
        tag, kind, number = struct.unpack_from(f"{order}HHI", data, line)
        size = _TYPE_BYTES.get(kind, 1) * number
        (pointer,) = struct.unpack_from(f"{order}I", data, line + 8)
        start = line + 8 if size <= 4 else pointer
        if start + size > len(data):
            raise ContainerError("this TIFF is damaged: a value lies outside of the file")
        entries.append(_Entry(tag, kind, data[line : line + 12], (start, start + size), size <= 4))
    end = at + 2 + 12 * count + 4
    (following,) = struct.unpack_from(f"{order}I", data, end - 4)
    return _Directory(at, end, entries, following)


def _piece(data: bytes, entry: _Entry) -> Piece:
    value = data[slice(*entry.value)]
    if entry.tag == _XMP:
        return Piece("xmp", "XMP", value)
    name = {**_NAMES, **_DIRECTORIES}.get(entry.tag) or str(TiffTags.lookup(entry.tag).name)
    if entry.tag in {_DESCRIPTION, _SOFTWARE}:
        return Piece("text", name, value.rstrip(b"\0"))
    return Piece("other", f"tag {entry.tag}" if name == "unknown" else name, value)


def _all_of(data: bytes, entry: _Entry, order: str, depth: int = 0) -> list[Range]:
    """The bytes of a tag that are not in its line: its value or, where it points to tags, all of theirs."""
    if entry.tag not in _DIRECTORIES:
        return [] if entry.inline else [entry.value]
    if depth == _MOST_DEPTH:
        raise ContainerError("this TIFF is damaged: its directories run in a circle")
    (at,) = struct.unpack_from(f"{order}I", data, entry.value[0])
    inner = _directory(data, at, order)
    ranges = [span for one in inner.entries for span in _all_of(data, one, order, depth + 1)]
    return [(inner.start, inner.end), *ranges]


def _pixels(data: bytes, entries: list[_Entry], order: str) -> list[Range]:
    """Where the pixels of a page are."""
    values = {
        entry.tag: _numbers(data, entry, order) for entry in entries if entry.tag in {*_PIXELS, *_PIXELS.values()}
    }
    return [
        (start, start + size)
        for where, how_many in _PIXELS.items()
        for start, size in zip(values.get(where, ()), values.get(how_many, ()), strict=False)
    ]


def _numbers(data: bytes, entry: _Entry, order: str) -> tuple[int, ...]:
    start, end = entry.value
    size = _TYPE_BYTES.get(entry.kind, 1)
    return struct.unpack_from(f"{order}{(end - start) // size}{'H' if size == 2 else 'I'}", data, start)
