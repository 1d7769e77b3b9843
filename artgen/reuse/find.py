"""Finding runs and pictures again by what is in them: paths are never written down."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from artgen.data.scan import scan
from artgen.errors import ArtgenError, DataError
from artgen.job import read_lock
from artgen.runs.canvases import FinishedCanvas, finished_canvases
from artgen.runs.checkpoints import Checkpoint, list_checkpoints, sha256_of
from artgen.runs.store import LOCK_NAME


def checkpoint_with(sha256: str, folders: Iterable[Path], named: str) -> tuple[Path, Checkpoint]:
    """The run folder and the checkpoint whose weights have a digest.

    Args:
        folders: to look in and below.
        named: what the run was called.

    Raises:
        DataError: none has.
    """
    folders = list(folders)
    for run in _runs(folders):
        for checkpoint in _readable(lambda run=run: list_checkpoints(run / "checkpoints")):  # type: ignore[misc]
            if checkpoint.info.sha256 == sha256:
                return run, checkpoint
    raise DataError(
        f"no run has the checkpoint with sha256 {sha256}",
        where=_places(folders),
        hint=f"Name the folder of the run '{named}', or one above it: --runs FOLDER",
    )


def canvas_like(
    fits: Callable[[FinishedCanvas, Mapping[str, Any]], bool], folders: Iterable[Path]
) -> tuple[Path, FinishedCanvas] | None:
    """The run folder and the finished canvas that a question about it and the run's lock is answered with yes for."""
    for run in _runs(folders):
        there = _readable(lambda run=run: finished_canvases(run / "canvases").values())  # type: ignore[misc]
        locks = _readable(lambda run=run: [read_lock(run / LOCK_NAME)]) if there else []  # type: ignore[misc]
        for canvas in there:
            if locks and fits(canvas, locks[0]):
                return run, canvas
    return None


def pictures_with(roles: Mapping[str, Sequence[str]], folders: Iterable[Path]) -> dict[str, Path]:
    """Files by their digest.

    Args:
        roles: digests that are wanted, by what the pictures are for.
        folders: to look in and below.

    Raises:
        DataError: one is not there.
    """
    folders = list(folders)
    wanted = {digest for digests in roles.values() for digest in digests}
    found: dict[str, Path] = {}
    for folder in folders:
        for file in scan(folder, made=True)[0]:
            if len(found) == len(wanted):
                break
            with contextlib.suppress(OSError):  # what cannot be read is not the one
                if (digest := sha256_of(folder / file.name)) in wanted:
                    found[digest] = folder / file.name
    for role, digests in roles.items():
        for digest in digests:
            if digest not in found:
                raise DataError(
                    f"no picture has sha256 {digest} (its {role})",
                    where=_places(folders),
                    hint="Name the folder of the pictures that it was made of: --inputs FOLDER",
                )
    return found


def _runs(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        if not folder.is_dir():
            raise DataError("there is no such folder", where=str(folder))
        # os.walk: what comes and goes in the folder of a run at work does no harm
        yield from sorted(Path(place) for place, _, names in os.walk(folder) if LOCK_NAME in names)


def _readable(read: Callable[[], Iterable[Any]]) -> list[Any]:
    """What a run has; nothing where it is damaged, since another one may be meant."""
    try:
        return list(read())
    except (ArtgenError, OSError, ValueError, TypeError, KeyError):
        return []


def _places(folders: Sequence[Path]) -> str:
    return ", ".join(map(str, folders)) or "nowhere to look"
