"""The pages of sweeps: which runs are on them, and that they are written over nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from artgen.errors import ArtgenError
from artgen.runs.open import run_folder
from artgen.runs.progress import Progress
from artgen.runs.store import LOCK_NAME

if TYPE_CHECKING:
    from artgen.job.model import Job
    from artgen.launch.options import RunOptions
    from artgen.outputs.overview.one_run import OneRun


def compare_sweeps(jobs: Sequence[Job], options: RunOptions, progress: Progress) -> None:
    """Write the page of every sweep that some jobs are of, over all its runs that are there.

    A page that cannot be written is told and fails nothing: the runs are what counts.
    """
    from artgen.outputs.overview.one_run import read_run

    sweeps = dict.fromkeys((run_folder(job, options).parent, job.job.name) for job in jobs if job.axes)
    for folder, name in sweeps:
        # not by a pattern: names hold letters that patterns take for theirs
        runs = (
            (place for place in sorted(folder.iterdir()) if place.name.startswith(f"{name}@"))
            if folder.is_dir()
            else ()
        )
        try:
            pages = write_pages([read_run(run) for run in runs if (run / LOCK_NAME).is_file()], progress)
        except ArtgenError as error:
            progress.warn(f"{name}: no page over its runs: {error}")
            continue
        for page in pages.values():
            progress.say(f"{name}: all runs side by side, {page}")


def write_pages(runs: Iterable[OneRun], progress: Progress) -> Mapping[tuple[Path, str], Path]:
    """Write the page of every sweep among some runs; by the folder of its runs and its name.

    Runs that were set aside are on none.

    Raises:
        ArtgenError: a file cannot be written.
    """
    from artgen.outputs.comparison.page import MARK, comparison_page, write_comparison
    from artgen.outputs.overview.matrix import sweeps_of

    pages = {}
    in_their_places = [run for run in runs if run.cell and run.name == f"{run.job}@{run.cell}"]
    for (folder, name), cells in sweeps_of(in_their_places).items():
        page = comparison_page(folder, name)
        if page.exists() and MARK not in page.read_text(encoding="utf-8", errors="replace"):
            progress.warn(f"{page}: this page is not artgen's, so that there is none over the sweep")
        else:
            pages[folder, name] = write_comparison(name, cells, folder)
    return pages
