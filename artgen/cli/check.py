"""``artgen check``: every problem of a job, with its line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from artgen.cli import jobs as of_jobs
from artgen.errors import ArtgenError, JobError, Problem

if TYPE_CHECKING:
    from artgen.job import Job


@click.command()
@of_jobs.argument
@of_jobs.only_option
@click.option("--set", "sets", metavar="KEY=VALUE", multiple=True, help="Change a value, such as train.batch=16.")
@click.option("--json", "as_json", is_flag=True, help="Print the problems as JSON.")
def check(jobs: tuple[Path, ...], only: tuple[str, ...], sets: tuple[str, ...], as_json: bool) -> int:
    """Show every problem of each JOB, with its line; exit 2 when there is one.

    A JOB is a file or a folder of them.
    """
    from artgen.job import read_job
    from artgen.job.sweep.only import matching
    from artgen.job.sweep.only import only as chosen
    from artgen.job.text.files import job_files
    from artgen.launch.clashes import refuse_shared_folders
    from artgen.launch.options import RunOptions
    from artgen.launch.pictures import check_files
    from artgen.runs.open import runs_before

    options = RunOptions()
    problems: list[Problem] = []
    found: dict[Path, list[Job]] = {}
    try:
        files = job_files(jobs)
    except JobError as error:
        files, problems = [], list(error.problems)
    for path in files:
        try:
            cells = read_job(path, sets=sets, **runs_before(options))
            check_files(matching(cells, only))
            found[path] = cells
        except JobError as error:
            problems.extend(error.problems)
        except ArtgenError as error:
            problems.append(Problem(str(error), file=path.absolute()))
    if not problems:
        try:
            refuse_shared_folders(chosen([job for cells in found.values() for job in cells], only), options)
        except JobError as error:
            problems.extend(error.problems)
    if not as_json:
        meant = {path: matching(cells, only) for path, cells in found.items()}
        _tell_what_is_fine(meant, {problem.file for problem in problems})
    if as_json:
        click.echo(json.dumps([_plain(problem) for problem in problems], indent=2))
        return JobError.exit_code if problems else 0
    if problems:
        raise JobError(problems)
    return 0


def _tell_what_is_fine(found: Mapping[Path, Sequence[Job]], wrong: Set[Path | None]) -> None:
    for path, cells in found.items():
        if cells and path.absolute() not in wrong:
            count = f" ({len(cells)} runs)" if len(cells) > 1 else ""
            click.echo(f"{path}: fine{count}")
            _tell_what_is_left_out(path, cells)


def _tell_what_is_left_out(path: Path, cells: Sequence[Job]) -> None:
    """Contents that cannot be read stop their own canvases only, and so are no problem of the job."""
    from artgen.job.unreadable import unreadable_contents

    left_out = {content: why for cell in cells for content, why in unreadable_contents(cell).items()}
    for content, why in left_out.items():
        click.echo(f"warning: {path}: {content.name} cannot be painted: {why}", err=True)


def _plain(problem: Problem) -> dict[str, object]:
    return {key: str(value) if isinstance(value, Path) else value for key, value in asdict(problem).items()}
