"""Paths as people write them: ``~`` in front stands for a user's folder, where there is such a user."""

from __future__ import annotations

from pathlib import Path

_HOME = "~"


def path_of(text: str) -> Path:
    """The path that is meant; as it stands where its ``~`` is nobody's, as of a folder that is called so."""
    if not text.startswith(_HOME):
        return Path(text)  # pathlib has "./~me" for "~me", which is another folder
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


def text_of(path: str) -> str:
    """A path, with forward slashes, so that `path_of` gives it again."""
    return f"./{path}" if path.startswith(_HOME) else path
