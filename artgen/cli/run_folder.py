"""The run folder that a command is given."""

from __future__ import annotations

import glob
import re
from pathlib import Path

import click

from artgen.errors import JobError

_BELOW = ("", "*/", "*/*/")
"""Where a run of the same name is looked for: a job that lies in another folder has its runs beside it."""
_OF_A_SWEEP = re.compile(r"\.html$|\.rungs\.json(\.\d+)?$")
"""Names of the files that lie among run folders; a number is of what was set aside."""


def without_pages(context: click.Context, parameter: click.Parameter, paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """Run folders without the pages of sweeps and what was decided at their rungs, matched by ``runs/sweep*`` too.

    Raises:
        click.BadParameter: another file is among them, or no folder is.
    """
    folders = tuple(path for path in paths if path.is_dir() or not _OF_A_SWEEP.search(path.name))
    if wrong := next((path for path in folders or paths if not path.is_dir()), None):
        raise click.BadParameter(f"Directory '{wrong}' is a file.", context, parameter)
    return folders


def check_run(folder: Path) -> None:
    """Refuse what is no run folder.

    Raises:
        JobError: it is none.
    """
    from artgen.runs.store import LOCK_NAME

    if (folder / LOCK_NAME).is_file():
        return
    below = [found for depth in _BELOW for found in Path().glob(f"{depth}runs/{glob.escape(folder.name)}/{LOCK_NAME}")]
    meant = f"do you mean {below[0].parent}?" if below else "name a folder below runs/, such as runs/emoji-faces"
    raise JobError("no run here", where=str(folder), hint=meant)
