"""How an output knows its finished files when it is run again, and where shards of it put theirs."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from artgen.outputs.metadata import canonical_json
from artgen.runs.files import WHOLE, write_text
from artgen.runs.ownership import still_ours

_MARK = ".recipe.json"
_SHARDS = ".shards"


def keep_only(folder: Path, recipe: Mapping[str, Any], *patterns: str) -> None:
    """Make a folder ready for files of one recipe: those that another recipe left are removed.

    Those that shards made by this recipe are put into their place. Files are written whole and only after this, so a
    file that is there afterwards is finished and right.

    Args:
        folder: of one output.
        recipe: all that decides what the files hold.
        patterns: of the names that the output gives; nothing else is touched.
    """
    if not is_of(folder, recipe):
        mark = folder / _MARK
        still_ours()
        mark.unlink(missing_ok=True)
        for stale in [path for pattern in patterns for path in folder.glob(pattern)]:
            stale.unlink()
        write_text(mark, canonical_json(recipe))
    _take_in_shards(folder, recipe)


def is_of(folder: Path, recipe: Mapping[str, Any]) -> bool:
    """Whether the files in a folder are of this recipe."""
    mark = folder / _MARK
    return mark.is_file() and mark.read_text(encoding="utf-8") == canonical_json(recipe)


def folder_of_shards(folder: Path, recipe: Mapping[str, Any]) -> Path:
    """Where all shards of an output write, until `keep_only` puts their files into its folder; made if it is not there.

    It goes by the recipe, so that shards never have to remove anything, and one that was taken for dead and is not
    writes the same bytes as its successor or into a folder that nobody looks at any more.
    """
    beside = _shards(folder, recipe)
    beside.mkdir(parents=True, exist_ok=True)
    return beside


def _shards(folder: Path, recipe: Mapping[str, Any]) -> Path:
    return folder / _SHARDS / hashlib.sha256(canonical_json(recipe).encode()).hexdigest()[:16]


def _take_in_shards(folder: Path, recipe: Mapping[str, Any]) -> None:
    """Rename what shards made; what is there already stays, being the same."""
    beside = _shards(folder, recipe)
    for path in sorted(beside.rglob(WHOLE)):
        place = folder / path.relative_to(beside)
        if path.is_dir():
            place.mkdir(exist_ok=True)
        elif not place.exists():
            path.replace(place)
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder / _SHARDS)
