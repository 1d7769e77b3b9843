"""One page over many runs: which runs, where the page goes, and what it must not write over."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from artgen.errors import ArtgenError, JobError
from artgen.launch.comparison import write_pages
from artgen.launch.draft import is_variant
from artgen.runs.store import LOCK_NAME

if TYPE_CHECKING:
    from artgen.runs.progress import Progress

_NUMBERS = re.compile(r"(\d+)")


def write_gallery(folders: Sequence[Path], out: Path | None, progress: Progress) -> Path:
    """Write one page over all runs in some folders, and one for each sweep among them, beside its runs.

    The tiles of a draft are no runs to look at: they stand on its sheet.

    Args:
        folders: run folders, or folders that hold them at any depth.
        out: the folder of the page; None for the one that all of `folders` have in common.
        progress: told of runs that cannot be read.

    Returns:
        The page.

    Raises:
        JobError: there is no such folder or no run in it, or something else is where the page would be.
        ArtgenError: a file cannot be written.
    """
    from artgen.outputs.overview.one_run import read_run
    from artgen.outputs.overview.page import write_overview

    found = list(dict.fromkeys(run.resolve() for run in _runs(folders) if not is_variant(run.resolve())))
    if not found:
        raise JobError("there is no run here", where=", ".join(map(str, folders)), hint="Name a folder like runs/")
    out = (out or _common(folders)).resolve()
    _check_that_the_place_is_free(out)
    runs = sorted(map(read_run, found), key=lambda run: _natural(run.name))
    for run in runs:
        if not run.lock:
            progress.warn(f"{run.name}: {run.state}")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArtgenError(f"cannot be made: {error.strerror}", where=str(out)) from error
    return write_overview(runs, out, write_pages(runs, progress))


def _runs(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        if not folder.is_dir():
            raise JobError("there is no such folder", where=str(folder))
        for place, below, files in os.walk(folder):
            if LOCK_NAME in files:
                yield Path(place)
                below.clear()  # checkpoints and thousands of pictures hold no runs
            else:
                below[:] = sorted(name for name in below if not name.startswith("."))


def _common(folders: Sequence[Path]) -> Path:
    """The folder that holds all of the folders that are named; the one above a single run."""
    try:
        common = Path(os.path.commonpath([folder.resolve() for folder in folders]))
    except ValueError as error:  # two drives
        raise JobError("the runs have no folder in common", hint="Say where the page goes: --out FOLDER") from error
    return common.parent if (common / LOCK_NAME).is_file() else common


def _check_that_the_place_is_free(out: Path) -> None:
    """Refuse to write over anything but an earlier page over many runs."""
    from artgen.outputs.overview.page import MARK, PAGE

    if (out / LOCK_NAME).is_file():
        raise JobError("this is a run, which has a page of its own", where=str(out), hint="Name another --out.")
    page = out / PAGE
    if page.exists() and MARK not in page.read_text(encoding="utf-8", errors="replace"):
        raise JobError(
            "there is a page here that artgen gallery did not write", where=str(page), hint="Name another --out."
        )


def _natural(name: str) -> list[tuple[int, int | str]]:
    """A key that puts run-9 before run-10."""
    parts = _NUMBERS.split(name.casefold())
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in parts]
