"""Files that are whole or not there."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

from artgen.errors import DiskError
from artgen.runs.ownership import still_ours
from artgen.runs.processes import machine

WHOLE = "[!.]*"
"""A pattern of names that leaves out what a killed process was writing: `whole_file` has that begin with a dot."""

_NUMBER_OF_ERROR = re.compile(r"\(os error (\d+)\)")

_FULL = "Make room or choose another place"
_FORBIDDEN = "Choose a place where you may write, or have the rights to this one changed"
_FILE_IN_THE_WAY = "A file stands where a folder has to be: choose another place"
DISK_MENDS = {
    "ENOSPC": _FULL,
    "EDQUOT": _FULL,
    "EFBIG": _FULL,
    "EACCES": _FORBIDDEN,
    "EPERM": _FORBIDDEN,
    "EROFS": _FORBIDDEN,
    "ENOENT": "Make the folder or choose another place",
    "ENOTDIR": _FILE_IN_THE_WAY,
    "EEXIST": _FILE_IN_THE_WAY,
    "EISDIR": "A folder has this name: name a file",
    "ENAMETOOLONG": "Choose a shorter name",
}
"""What to do about an error of the disk, by its name in `errno`."""


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A temporary name beside `path` to write to; it takes the real name when the block ends well.

    Raises:
        DiskError: the file cannot be written, as when the disk is full.
        RunBusyError: another worker has taken over the task that it belongs to.
    """
    part = path.with_name(f".{path.stem}.{own_word()}.part{path.suffix}")
    with told_of_disk(path):
        try:
            yield part
            still_ours()
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


@contextlib.contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """An empty folder beside `path` to fill; it takes the real name, which nobody may have, when the block ends well.

    Raises:
        DiskError: the folder cannot be written, as when the disk is full.
        RunBusyError: another worker has taken over the task that it belongs to.
    """
    part = path.with_name(f".{path.name}.{own_word()}.part")
    with told_of_disk(path):
        try:
            part.mkdir(parents=True)
            yield part
            still_ours()
            part.rename(path)
        finally:
            shutil.rmtree(part, ignore_errors=True)


def own_word() -> str:
    """What tells a temporary name of this thread from those of all other threads, processes and machines."""
    return f"{machine()[:8]}-{os.getpid()}-{threading.get_ident()}"


@contextlib.contextmanager
def told_of_disk(path: Path) -> Iterator[None]:
    """What the disk refuses, as an error with the name of what was to be written.

    Raises:
        DiskError: the disk refused something in the block.
    """
    try:
        yield
    except Exception as error:
        reason = disk_refusal(error)
        if reason is None:
            raise
        raise DiskError(f"cannot be written: {reason}", where=str(path), hint=disk_hint(error)) from error


def disk_refusal(error: BaseException) -> str | None:
    """Why the disk refused, as the system says it; None where it was not the disk."""
    if isinstance(error, DiskError) and error.__cause__:
        return disk_refusal(error.__cause__)  # of a file in a folder that is not there yet
    if isinstance(error, OSError):
        return error.strerror or str(error)
    number = _number_of(error)
    return None if number is None else os.strerror(number)


def disk_hint(error: BaseException) -> str:
    """What to do about what the disk refused."""
    if isinstance(error, DiskError) and error.__cause__:
        return disk_hint(error.__cause__)
    name = errno.errorcode.get(_number_of(error) or 0, "")
    return f"{DISK_MENDS.get(name, 'Choose another place')}, then run it again."


def _number_of(error: BaseException) -> int | None:
    """The system's number of an error; safetensors has an error of its own for everything."""
    if isinstance(error, OSError):
        return error.errno
    said = _NUMBER_OF_ERROR.search(str(error)) if type(error).__module__.startswith("safetensors") else None
    return int(said[1]) if said else None


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8, whole and flushed to disk.

    Raises:
        DiskError: the file cannot be written.
    """
    with whole_file(path) as part, part.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
