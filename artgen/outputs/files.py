"""How an output knows its finished files when it is run again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from artgen.outputs.metadata import canonical_json
from artgen.runs.files import write_text

_MARK = ".recipe.json"


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
