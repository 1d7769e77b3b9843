"""Running a job from its text, as `artgen run` does."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Mapping
from pathlib import Path

from artgen.distributions import BUILTIN
from artgen.job import read_job, read_lock
from artgen.launch.batch import run_all
from artgen.launch.here import run_here
from artgen.launch.options import RunOptions
from artgen.plugins import PluginManager
from artgen.runs.checkpoints import best_checkpoint
from artgen.runs.open import run_folder
from artgen.runs.store import LOCK_NAME, Run
from artgen.testing.pictures import copy_pictures

HERE = f"{BUILTIN}:local"


class Silent:
    """Nothing is shown; what nobody should miss becomes a warning of Python's, which pytest can make an error."""

    def say(self, text: str) -> None:
        """Nothing."""

    def warn(self, text: str) -> None:
        """A warning."""
        warnings.warn(text, RuntimeWarning, stacklevel=3)

    def update(self, task: str, done: float, total: float, numbers: Mapping[str, float] | None = None) -> None:
        """Nothing."""

    def finish(self, task: str) -> None:
        """Nothing."""


def run_job(text: str, folder: Path, manager: PluginManager, *sets: str) -> Run:
    """Run a job from its text, or on from where it stands: in this process, unless it names a launcher.

    Args:
        text: the job file, indented as it likes; ``folder = "pictures"`` is the tiny pictures.
        folder: where ``job.toml``, ``pictures/`` and ``runs/`` are.
        manager: whose components the job may name.
        sets: as of ``--set``.

    Returns:
        The finished run.

    Raises:
        ArtgenError: the job is wrong, or a task failed.
    """
    copy_pictures(folder / "pictures")
    file = folder / "job.toml"
    file.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    jobs, options = read_job(file, sets=sets, manager=manager), RunOptions()
    job = jobs[-1]
    if len(jobs) == 1 and job.launcher.component.qualified == HERE:
        run_here(job, options, Silent(), manager)
    else:
        run_all(jobs, options, Silent(), manager)
    place = run_folder(job, options)
    best = best_checkpoint(place / "checkpoints")
    return Run(place, job.name, job, read_lock(place / LOCK_NAME), best.info if best else None)
