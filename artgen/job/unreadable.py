"""Pictures that a job names and that cannot be read, by their headers: told before anything is painted."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from artgen.errors import DataError
from artgen.job.styles import pictures_of

if TYPE_CHECKING:
    from artgen.job.model import Job

_CAN_READ = importlib.util.find_spec("PIL") is not None
"""Where there is nothing but what reads jobs, no picture is opened."""


def unreadable_contents(job: Job) -> dict[Path, str]:
    """The contents whose canvases cannot be painted, and why; the others are painted all the same."""
    return unreadable(pictures_of(job.generator.config.content)) if job.paints_from == "canvas" else {}


def unreadable(pictures: Iterable[Path]) -> dict[Path, str]:
    """Those of some pictures that cannot be read, and why."""
    return {picture: why for picture in pictures if (why := _why_not(picture))}


@cache
def _why_not(picture: Path) -> str:
    """What is wrong with a picture, looked at once for all runs of a matrix; "" where nothing is."""
    if not _CAN_READ:
        return ""
    from artgen.data.headers import picture_size

    try:
        picture_size(picture)
    except DataError as error:
        return error.message
    return ""
