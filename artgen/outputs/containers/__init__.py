"""Picture files as their parts: what shows the picture, and what only tells of it. Nothing here decodes a pixel."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

from artgen.outputs.containers import avif, jpeg, png, tiff, webp
from artgen.outputs.containers.pieces import Apart, ContainerError, Piece

__all__ = ["Apart", "ContainerError", "Piece", "take_apart"]

_KINDS: tuple[tuple[str, Callable[[bytes], bool], Callable[[bytes], Apart]], ...] = (
    ("PNG", png.recognises, png.apart),
    ("JPEG", jpeg.recognises, jpeg.apart),
    ("WebP", webp.recognises, webp.apart),
    ("AVIF", avif.recognises, avif.apart),
    ("TIFF", tiff.recognises, tiff.apart),
)


def take_apart(data: bytes) -> tuple[str, Apart]:
    """The format of a file, and the file without what only tells of the picture.

    Raises:
        ContainerError: it is of another format, damaged, or cannot be taken apart without touching its pixels.
    """
    for name, recognises, apart in _KINDS:
        if recognises(data):
            try:
                return name, apart(data)
            except (struct.error, IndexError, ValueError, zlib.error) as error:
                raise ContainerError(f"this {name} is damaged: {error}") from error
    known = ", ".join(name for name, _, _ in _KINDS)
    raise ContainerError(f"it is none of {known}" if data else "the file is empty")
