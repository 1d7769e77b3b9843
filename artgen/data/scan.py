"""Which files of a folder are pictures: their names, sizes and times, without opening one."""

from __future__ import annotations

import importlib.util
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from artgen.errors import DataError
from artgen.requirement import pip_line

EXTENSIONS = frozenset({".avif", ".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
HEIF_EXTENSIONS = frozenset({".heic", ".heif"})
"""Read only where pillow-heif is installed (``pip install artgen-toolkit[heif]``)."""
_PICTURES = EXTENSIONS | HEIF_EXTENSIONS

READABLE = "JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF"
"""The same for people."""
_IN_A_RUN = "job.lock.toml"
_OF_A_PAGE = re.compile(r"[0-9a-f]{20}-\d+x\d+\.webp")
"""The small pictures of a page over many runs, in a folder called ``NAME-pictures``."""


class FoundFile(NamedTuple):
    """A file that looks like a picture.

    Attributes:
        name: relative to the scanned folder, with ``/`` on every system.
        size_bytes: -1 when the name leads nowhere (a dangling link).
    """

    name: str
    size_bytes: int
    mtime_ns: int


@dataclass(frozen=True)
class Skipped:
    """A file or folder that is left out, and why in plain words."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


def printable(name: str) -> str:
    """A file's name for people; bytes that are no text become question marks."""
    return os.fsencode(name).decode("utf-8", "replace")


def extensions() -> frozenset[str]:
    """Endings of the picture files that can be read here, in lower case."""
    return EXTENSIONS | HEIF_EXTENSIONS if importlib.util.find_spec("pillow_heif") else EXTENSIONS


def scan(folder: Path, *, made: bool = False) -> tuple[list[FoundFile], list[Skipped]]:
    """All pictures in a folder and below it, sorted by name, and the folders that could not be looked into.

    What begins with a dot is left out, and so is what artgen makes below the folder: runs, and the small pictures of
    pages over them. Links are followed; a folder that can be reached twice, by a loop of links or otherwise, counts
    once.

    Args:
        folder: a run, or one inside a run, is looked into as any other.
        made: also what artgen makes.

    Raises:
        DataError: the folder does not exist, is no folder or may not be read.
    """
    files: list[FoundFile] = []
    skipped: list[Skipped] = []
    seen: set[tuple[int, int]] = set()
    waiting = [""]
    while waiting:
        below = waiting.pop()
        try:
            subfolders = _look_into(folder, below, files, seen, made or not below)
        except OSError as error:
            if not below:
                raise DataError(
                    f"the folder of pictures cannot be read: {error.strerror}", where=str(folder)
                ) from error
            skipped.append(Skipped(printable(below), f"folder cannot be read: {error.strerror}"))
        else:
            waiting.extend(reversed(subfolders))
    files.sort()
    wanted = extensions()
    if wanted < _PICTURES and (unread := [file.name for file in files if _ending(file.name) not in wanted]):
        files = [file for file in files if _ending(file.name) in wanted]
        first, more = printable(unread[0]), len(unread) - 1
        others = f" (and {more:,} more like it)" if more else ""
        skipped.append(Skipped(f"{first}{others}", f"HEIC is read after: {pip_line('artgen-toolkit[heif]')}"))
    return files, skipped


def _look_into(folder: Path, below: str, files: list[FoundFile], seen: set[tuple[int, int]], made: bool) -> list[str]:
    """Append the pictures of one folder, also those that an extra would read; return its folders.

    Returns:
        Sorted, as names relative to the first.
    """
    place = folder / below
    if not made and (place / _IN_A_RUN).is_file():
        return []
    of_pages = not made and place.name.endswith("-pictures")
    identity = place.stat()
    if (identity.st_dev, identity.st_ino) in seen:
        return []
    seen.add((identity.st_dev, identity.st_ino))
    prefix = f"{below}/" if below else ""
    subfolders = []
    with os.scandir(place) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if _is_folder(entry):
                subfolders.append(prefix + entry.name)
            elif _ending(entry.name) in _PICTURES:
                found = None if of_pages and _OF_A_PAGE.fullmatch(entry.name) else _found(prefix, entry)
                if found:
                    files.append(found)
    return sorted(subfolders)


def _ending(name: str) -> str:
    return os.path.splitext(name)[1].lower()  # noqa: PTH122 (a Path each is 10 times slower)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Not a link that leads nowhere, in a circle or where nobody may look: that is one name that cannot be read."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _found(prefix: str, entry: os.DirEntry[str]) -> FoundFile | None:
    try:
        if not entry.is_file() and not entry.is_symlink():
            return None
        status = entry.stat()
    except OSError:
        return FoundFile(prefix + entry.name, -1, 0)
    return FoundFile(prefix + entry.name, status.st_size, status.st_mtime_ns)
