"""AVIF: boxes within boxes, and items that lie anywhere in the file (ISO/IEC 23008-12).

What tells of the picture is an item like the picture itself. Its entries in the tables go and its bytes become zeros;
a box of free space takes the place of what the tables lost, so that no other item moves.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from artgen.outputs.containers.pieces import Apart, ContainerError, Piece, Range, refuse_overlap

_STAYS = frozenset({b"ftyp", b"mdat"})
_FREE = frozenset({b"free", b"skip"})
_EXIF_OFFSET_BYTES = 4


@dataclass(frozen=True)
class _Box:
    """Where a box is: its first byte, its content, and the byte after it."""

    kind: bytes
    start: int
    body: int
    end: int


@dataclass(frozen=True)
class _Item:
    """Where an item's bytes are; `entry` is its line in the table."""

    number: int
    entry: bytes
    ranges: list[Range]


def recognises(data: bytes) -> bool:
    """Whether it is a still or moving AVIF."""
    (length,) = struct.unpack(">I", data[:4]) if len(data) >= 4 else (0,)
    return data[4:8] == b"ftyp" and b"avif" in data[8:length]


def apart(data: bytes) -> Apart:
    """Keep every item but EXIF and XMP, and every box that a still picture needs."""
    out = bytearray(data)
    pieces: list[Piece] = []
    top = list(_boxes(data, 0, len(data)))
    if any(box.kind == b"moov" for box in top):
        raise ContainerError("it is an animation; only stills can be taken apart")
    others = [box for box in top if box.kind not in _STAYS and box.kind != b"meta"]
    shown: list[Range] = []
    for box in top:
        if box.kind == b"meta":
            out[box.start : box.end] = _cleaned_meta(data, box, out, pieces, shown)
    refuse_overlap(((box.start, box.end) for box in others), shown, len(data))
    for box in others:
        if box.kind not in _FREE:
            pieces.append(Piece("other", f"box {box.kind.decode('latin-1')}", data[box.body : box.end]))
        out[box.start + 4 : box.start + 8] = b"free"
        out[box.body : box.end] = bytes(box.end - box.body)
    return Apart(bytes(out), pieces)


def _boxes(data: bytes, start: int, end: int) -> Iterator[_Box]:
    while start < end:
        size, kind = struct.unpack_from(">I4s", data, start)
        header = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, start + 8)
            header = 16
        size = size or end - start
        if size < header or start + size > end:
            raise ContainerError("this AVIF is damaged: a box is longer than what it is in")
        yield _Box(kind, start, start + header, start + size)
        start += size


def _cleaned_meta(data: bytes, meta: _Box, out: bytearray, pieces: list[Piece], shown: list[Range]) -> bytes:
    """The box of tables without the items that tell of the picture, and free space for what that saves.

    The items' bytes are cleared in `out`, and what they were is added to `pieces`; where the picture's own items are, to
    `shown`.
    """
    inner = {box.kind: box for box in _boxes(data, meta.body + 4, meta.end)}
    if not {b"iinf", b"iloc"} <= inner.keys():
        raise ContainerError("this AVIF is damaged: it has no table of what is in it")
    telling = dict(_telling(data, inner[b"iinf"]))
    items = list(_items(data, inner))
    cleared = [(item, span) for item in items if item.number in telling for span in item.ranges]
    kept = [span for item in items if item.number not in telling for span in item.ranges]
    refuse_overlap((span for _, span in cleared), kept, len(data))
    shown += kept
    for item in items:
        if item.number in telling:
            body = b"".join(data[start:end] for start, end in item.ranges)
            pieces.append(_piece(telling[item.number], body))
    for _, (start, end) in cleared:
        out[start:end] = bytes(end - start)
    cleaned = {
        b"iinf": lambda box: _without_entries(data, box, telling),
        b"iloc": lambda box: _without_locations(data, box, [one for one in items if one.number not in telling]),
        b"iref": lambda box: _without_references(data, box, telling),
    }
    boxes = [
        cleaned[box.kind](box) if telling and box.kind in cleaned else bytes(out[box.start : box.end])
        for box in _boxes(data, meta.body + 4, meta.end)
    ]
    new = _box(b"meta", data[meta.body : meta.body + 4] + b"".join(boxes))
    saved = meta.end - meta.start - len(new)
    return new + _box(b"free", bytes(saved - 8)) if saved else new


def _piece(kind: str, body: bytes) -> Piece:
    if kind == "exif":
        (skipped,) = struct.unpack_from(">I", body)
        return Piece("exif", "EXIF", body[_EXIF_OFFSET_BYTES + skipped :])
    return Piece("xmp", "XMP", body) if kind == "xmp" else Piece("other", kind, body)


def _telling(data: bytes, table: _Box) -> Iterator[tuple[int, str]]:
    """(number, kind) of the items that are no picture and no part of one."""
    for number, kind, content, _ in _entries(data, table):
        if kind == b"Exif":
            yield number, "exif"
        elif kind == b"mime":
            yield number, "xmp" if content == b"application/rdf+xml" else "a document"
        elif kind == b"uri ":
            yield number, "an address"


def _entries(data: bytes, table: _Box) -> Iterator[tuple[int, bytes, bytes, bytes]]:
    """(number, kind, kind of content, the whole entry) of each item in the table of names."""
    wide = data[table.body] > 0
    for box in _boxes(data, table.body + (8 if wide else 6), table.end):
        version = data[box.body]
        if version < 2:
            raise ContainerError("its table of what is in it is of an old kind")
        size = 2 if version == 2 else 4
        number = int.from_bytes(data[box.body + 4 : box.body + 4 + size])
        at = box.body + 4 + size + 2
        _, _, told = data[at + 4 : box.end].partition(b"\0")  # after the name
        yield number, data[at : at + 4], told.split(b"\0")[0], data[box.start : box.end]


def _items(data: bytes, inner: Mapping[bytes, _Box]) -> Iterator[_Item]:
    """Where each item is, by the table of places."""
    table = inner[b"iloc"]
    version, sizes, more = data[table.body], data[table.body + 4], data[table.body + 5]
    offset_bytes, length_bytes, base_bytes = sizes >> 4, sizes & 15, more >> 4
    index_bytes = more & 15 if version else 0
    number_bytes = 4 if version == 2 else 2
    at = table.body + 6

    def number(size: int) -> int:
        nonlocal at
        at += size
        if at > table.end:
            raise ContainerError("this AVIF is damaged: its table of places ends before its time")
        return int.from_bytes(data[at - size : at])

    for _ in range(number(number_bytes)):
        start = at
        name, method = number(number_bytes), number(2) & 15 if version else 0
        elsewhere, base = number(2), number(base_bytes)
        if elsewhere or method > 1 or (method == 1 and b"idat" not in inner):
            raise ContainerError("a part of it lies where it cannot be reached")
        base += inner[b"idat"].body if method == 1 else 0
        ranges = []
        for _ in range(number(2)):
            number(index_bytes)
            first, length = base + number(offset_bytes), number(length_bytes)
            ranges.append((first, first + length))
        yield _Item(name, data[start:at], ranges)


def _without_entries(data: bytes, table: _Box, telling: Mapping[int, str]) -> bytes:
    kept = [entry for number, _, _, entry in _entries(data, table) if number not in telling]
    count = len(kept).to_bytes(4 if data[table.body] else 2)
    return _box(b"iinf", data[table.body : table.body + 4] + count + b"".join(kept))


def _without_locations(data: bytes, table: _Box, kept: list[_Item]) -> bytes:
    count = len(kept).to_bytes(4 if data[table.body] == 2 else 2)
    return _box(b"iloc", data[table.body : table.body + 6] + count + b"".join(item.entry for item in kept))


def _without_references(data: bytes, table: _Box, telling: Mapping[int, str]) -> bytes:
    size = 4 if data[table.body] else 2
    kept = [
        data[box.start : box.end]
        for box in _boxes(data, table.body + 4, table.end)
        if int.from_bytes(data[box.body : box.body + size]) not in telling
    ]
    return _box(b"iref", data[table.body : table.body + 4] + b"".join(kept)) if kept else b""


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body
