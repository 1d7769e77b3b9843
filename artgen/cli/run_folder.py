"""The run folder that a command is given."""

from __future__ import annotations

from pathlib import Path

from artgen.errors import ArtgenError


def check_run(folder: Path) -> None:
    """Refuse what is no run folder.

    Raises:
        ArtgenError: it is none.
    """
    from artgen.runs.store import LOCK_NAME

    if not (folder / LOCK_NAME).is_file():
        raise ArtgenError("no run here", where=str(folder), hint="name a folder below runs/, such as runs/emoji-faces")
