"""How a job that artgen writes for somebody is set."""

from __future__ import annotations

import json
import os
from pathlib import Path

from artgen.home import text_of


def aligned(line: str) -> str:
    """A line of a template with its comment, behind a tab there, where comments stand."""
    code, mark, comment = line.partition("\t# ")
    return f"{code:<24}  # {comment}" if mark else line


def relative(path: Path, place: Path) -> str:
    """A path as a job in the folder `place` says it."""
    try:
        return text_of(Path(os.path.relpath(path.resolve(), place.resolve())).as_posix())
    except ValueError:  # another drive
        return path.resolve().as_posix()


def quoted(text: str) -> str:
    """Text as TOML has it."""
    return json.dumps(text, ensure_ascii=False)
