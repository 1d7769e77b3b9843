"""What the names of the files in a folder tell of it, before one is opened."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from artgen.data.classes import labelled_names
from artgen.data.scan import READABLE, FoundFile, Skipped, scan
from artgen.errors import DataError

FEWEST_PICTURES = 4
"""With fewer there is nothing to learn from."""
_SHOWN = 5


def listed_files(folder: Path, classes: bool) -> tuple[list[FoundFile], list[Skipped]]:
    """The files of a folder that may be pictures, and what is left out; none is opened.

    Args:
        classes: whether it is to be in classes.

    Raises:
        DataError: the folder is missing or empty, or is to be in classes and is not.
    """
    files, unseen = scan(folder)
    if not files:
        raise too_few(folder, 0, unseen)
    if classes:
        labelled_names([file.name for file in files], folder)
    return files, unseen


def too_few(folder: Path, readable: int, skipped: Sequence[Skipped]) -> DataError:
    """The error of a folder with fewer than `FEWEST_PICTURES`."""
    found = "no picture" if readable == 0 else f"only {readable} picture{'s' if readable > 1 else ''}"
    listed = "".join(f"\n  skipped {one}" for one in skipped[:_SHOWN])
    more = f"\n  and {len(skipped) - _SHOWN} more; see: artgen inspect FOLDER" if len(skipped) > _SHOWN else ""
    return DataError(
        f"{found} can be read, and at least {FEWEST_PICTURES} are needed{listed}{more}",
        where=str(folder),
        hint=f"put {READABLE} pictures into this folder, or name another one in [data]",
    )
