"""Files that are whole or not there."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

from artgen.errors import ArtgenError


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A temporary name beside `path` to write to; it takes the real name when the block ends well.

    Raises:
        ArtgenError: the file cannot be written, as when the disk is full.
    """
    part = path.with_name(f".{path.stem}.{os.getpid()}-{threading.get_ident()}.part{path.suffix}")
    with _told_of(path):
        try:
            yield part
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


@contextlib.contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """An empty folder beside `path` to fill; it takes the real name, which nobody may have, when the block ends well.

    Raises:
        ArtgenError: the folder cannot be written, as when the disk is full.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    with _told_of(path):
        try:
            part.mkdir()
            yield part
            part.rename(path)
        finally:
            shutil.rmtree(part, ignore_errors=True)


@contextlib.contextmanager
def _told_of(path: Path) -> Iterator[None]:
    """What the disk refuses, as an error with the name of what was to be written."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise ArtgenError(
            f"cannot be written: {reason}",
            where=str(path),
            hint="Make room or choose another place, then run it again.",
        ) from error


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8, whole and flushed to disk.

    Raises:
        ArtgenError: the file cannot be written.
    """
    with whole_file(path) as part, part.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
