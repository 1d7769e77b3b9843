"""Which job files are meant: those that are named, and all in the folders that are named."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import tomli

from artgen.errors import JobError
from artgen.job.text.tree import TABLES

LOCK = "job.lock.toml"
RUNS = "runs"
ONLY_EXTENDED = "_"
"""Files whose names begin so are only there to be extended."""


def job_files(named: Sequence[Path]) -> list[Path]:
    """The files themselves, and for a folder every job in it, at any depth, by name; each once.

    No job are locks, what lies in folders called ``runs`` or in a run, names that begin with ``_`` or ``.``, and TOML
    files that have none of a job's tables, such as ``pyproject.toml``.

    Raises:
        JobError: there is no job in a folder.
    """
    found: dict[Path, Path] = {}
    for path in named:
        jobs = list(_jobs_in(path)) if path.is_dir() else [path]
        if not jobs:
            lock = path / LOCK
            hint = f"It is a run: its job is {lock}." if lock.is_file() else "artgen init writes one."
            raise JobError("there is no job in this folder", where=str(path), hint=hint)
        for job in jobs:
            found.setdefault(job.absolute(), job)
    return list(found.values())


def _jobs_in(folder: Path) -> Iterator[Path]:
    for place, below, files in os.walk(folder):
        if LOCK in files:
            below.clear()
            continue
        below[:] = sorted(name for name in below if name != RUNS and not _is_left_out(name))
        for name in sorted(files):
            file = Path(place, name)
            if file.suffix == ".toml" and not _is_left_out(name) and _has_a_table(file):
                yield file


def _is_left_out(name: str) -> bool:
    return name.startswith((ONLY_EXTENDED, "."))


def _has_a_table(file: Path) -> bool:
    """Whether it is a job for all one can see; one that cannot be read is taken for one, so that it is told."""
    try:
        data = tomli.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return True
    return any(key in data for key in (*TABLES, "extends"))
