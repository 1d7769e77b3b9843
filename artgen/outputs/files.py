"""Files that are whole or not there, and how an output knows its finished ones when it is run again."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from artgen.errors import ArtgenError
from artgen.outputs.metadata import canonical_json
from artgen.runs.files import write_text

_MARK = ".recipe.json"


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A temporary name beside `path` to write to; it takes the real name when the block ends well.

    Raises:
        ArtgenError: the file cannot be written, as when the disk is full.
    """
    part = path.with_name(f".{path.stem}.{os.getpid()}-{threading.get_ident()}.part{path.suffix}")
    try:
        try:
            yield part
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ArtgenError(
            f"cannot be written: {reason}",
            where=str(path),
            hint="Make room or choose another place, then run it again.",
        ) from error


def keep_only(folder: Path, recipe: Mapping[str, Any], *patterns: str) -> None:
    """Make a folder ready for files of one recipe: those that another recipe left are removed.

    Files are written whole and only after this, so a file that is there afterwards is finished and right.

    Args:
        folder: of one output.
        recipe: all that decides what the files hold.
        patterns: of the names that the output gives; nothing else is touched.
    """
    mark = folder / _MARK
    text = canonical_json(recipe)
    if mark.is_file() and mark.read_text(encoding="utf-8") == text:
        return
    mark.unlink(missing_ok=True)
    for stale in [path for pattern in patterns for path in folder.glob(pattern)]:
        stale.unlink()
    write_text(mark, text)
