"""``--only PATTERN``: some of the runs, by their names."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from artgen.errors import JobError, Problem

if TYPE_CHECKING:
    from artgen.job.model import Job

NEAREST = 5


def only(jobs: Sequence[Job], patterns: Sequence[str]) -> list[Job]:
    """The jobs whose names one of some shell patterns matches, in their order; all without patterns.

    Raises:
        JobError: a pattern matches none; the nearest names are told.
    """
    if not patterns:
        return list(jobs)
    names = [job.name for job in jobs]
    problems = [
        Problem(_nothing(pattern, names), origin="--only")
        for pattern in patterns
        if not any(_is_meant(name, pattern) for name in names)
    ]
    if problems:
        raise JobError(problems)
    return matching(jobs, patterns)


def matching(jobs: Sequence[Job], patterns: Sequence[str]) -> list[Job]:
    """The same where a pattern may match none: those of one file of several."""
    return [job for job in jobs if not patterns or any(_is_meant(job.name, pattern) for pattern in patterns)]


def _is_meant(name: str, pattern: str) -> bool:
    return name == pattern or fnmatchcase(name, pattern)  # a name may hold what means something in a pattern


def _nothing(pattern: str, names: Sequence[str]) -> str:
    near = difflib.get_close_matches(pattern, names, NEAREST, 0.0)
    more = ", …" if len(near) < len(names) else ""
    return f"no run is called '{pattern}'. There {'is' if len(names) == 1 else 'are'}: {', '.join(near)}{more}"
