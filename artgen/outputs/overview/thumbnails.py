"""Small pictures beside the page: made once for each state of a file, and gone when no page shows them any more."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from artgen.runs.files import whole_file

_NAME = re.compile(r"([0-9a-f]{20})-(\d+)x(\d+)\.webp")
_SIDE_PX = 320
_QUALITY = 84
Part = tuple[int, int, int, int]
"""Left, top, right, bottom of a piece of a picture, in pixels."""


@dataclass(frozen=True)
class Thumbnail:
    """A small picture and its size in pixels."""

    path: Path
    width: int
    height: int


class Thumbnails:
    """The small pictures of a page.

    Args:
        folder: of their own, beside the page; nothing else is kept in it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
        self._there = {found[1]: found for found in map(_NAME.fullmatch, names) if found}
        self._shown: set[str] = set()

    def of(self, file: Path, part: Part | None = None) -> Thumbnail | None:
        """The small picture of a file; None where the file gives none.

        Args:
            part: of the file's picture, in pixels; all of it by default.

        Raises:
            ArtgenError: it cannot be written.
        """
        try:
            state = file.stat()
        except OSError:
            return None
        # by its place relative to the page, so that a folder of runs can be moved
        place = os.path.relpath(file, self.folder)
        told = f"{place}|{state.st_size}|{state.st_mtime_ns}|{_SIDE_PX}|{_QUALITY}{part or ''}"
        key = hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()[:20]
        found = self._there.get(key) or self._made(file, key, part)
        if found is None:
            return None
        self._shown.add(found[0])
        return Thumbnail(self.folder / found[0], int(found[2]), int(found[3]))

    def drop_the_rest(self) -> None:
        """Remove those that were not asked for."""
        for found in self._there.values():
            if found[0] not in self._shown:
                (self.folder / found[0]).unlink(missing_ok=True)

    def _made(self, file: Path, key: str, part: Part | None) -> re.Match[str] | None:
        """Write a small picture. Smaller ones are enlarged here by Lanczos: browsers enlarge by a blur."""
        from PIL import Image

        from artgen.data.decode import PictureError, Recipe, open_picture, picture_bytes, plain_reasons, upright_size

        try:
            with file.open("rb") as stream, plain_reasons():
                image = open_picture(stream)
                image = image.crop(part) if part else image
                sides = upright_size(image)
                width, height = (max(1, round(side * _SIDE_PX / max(sides))) for side in sides)
                pixels = picture_bytes(image, Recipe(width, height, "stretch", "rgba", (255, 255, 255)))
        except (OSError, PictureError):
            return None
        small = Image.frombytes("RGBa", (width, height), pixels).convert("RGBA")
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{key}-{width}x{height}.webp"
        with whole_file(self.folder / name) as unfinished:
            small.save(unfinished, "WEBP", quality=_QUALITY, method=4)
        found = _NAME.fullmatch(name)
        assert found  # noqa: S101 - made of what it looks for
        self._there[key] = found
        return found
