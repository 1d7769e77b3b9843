"""PNG: chunks one after the other (W3C, PNG specification, third edition, 2025)."""

from __future__ import annotations

import struct
import zlib

from artgen.outputs.containers.pieces import (
    AFTER_THE_PICTURE,
    MOST_TEXT_BYTES,
    Apart,
    ContainerError,
    Piece,
    only_orientation,
    tells_more,
)

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SHOWS = frozenset(
    b"tRNS gAMA cHRM sRGB iCCP cICP mDCV cLLI sBIT bKGD hIST pHYs acTL fcTL fdAT".split()  # colours, size, animation
)
_AFTER_HEADER = 2
"""Behind the signature and the first chunk."""
_XMP = "XML:com.adobe.xmp"


def recognises(data: bytes) -> bool:
    """Whether it begins as a PNG."""
    return data.startswith(SIGNATURE)


def apart(data: bytes) -> Apart:
    """Keep the critical chunks and those that decide how the picture looks."""
    rest, pieces, exif = [SIGNATURE], [], []
    at, kind = len(SIGNATURE), b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise ContainerError("this PNG ends before its time")
        body = data[at + 8 : end - 4]
        if kind[:1].isupper() or kind in _SHOWS:
            rest.append(data[at:end])
        elif kind == b"eXIf":
            exif.append(body)
            if tells_more(body):
                pieces.append(Piece("exif", "EXIF", body))
        else:
            pieces.append(_piece(kind, body))
        at = end
    if at < len(data):
        pieces.append(Piece("other", AFTER_THE_PICTURE, data[at:]))
    if turned := only_orientation(exif, pieces):
        rest.insert(_AFTER_HEADER, chunk(b"eXIf", turned))
    return Apart(b"".join(rest), pieces)


def chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk of a PNG: length, kind, body and checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))


def _piece(kind: bytes, body: bytes) -> Piece:
    if kind not in {b"tEXt", b"zTXt", b"iTXt"}:
        return Piece("other", f"chunk {kind.decode('latin-1')}", body)
    keyword, _, told = body.partition(b"\0")
    name = keyword.decode("latin-1")
    if kind == b"tEXt":
        return Piece("text", name, told.decode("latin-1").encode())
    packed = kind == b"zTXt"
    if not packed:
        packed = told[:1] == b"\1"
        _, _, told = told[2:].partition(b"\0")  # the language
        _, _, told = told.partition(b"\0")  # the keyword in it
    elif told:
        told = told[1:]
    text = _unpacked(told) if packed else told
    if text is None:
        return Piece("other", f"text '{name}', which unpacks to more than {MOST_TEXT_BYTES >> 20} MB")
    if kind == b"zTXt":
        text = text.decode("latin-1").encode()
    return Piece("xmp", "XMP", text) if name == _XMP else Piece("text", name, text)


def _unpacked(packed: bytes) -> bytes | None:
    """The text; None when it is too long."""
    text = zlib.decompressobj().decompress(packed, MOST_TEXT_BYTES + 1)
    return text if len(text) <= MOST_TEXT_BYTES else None
