"""What the commands that take jobs share: their arguments, and the jobs that these come to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from artgen.job import Job
    from artgen.launch.options import RunOptions

argument = click.argument("jobs", metavar="JOB…", nargs=-1, required=True, type=click.Path(path_type=Path))
only_option = click.option(
    "--only", metavar="PATTERN", multiple=True, help="Only runs whose names match, such as 'birds@8-*'."
)
Command = Callable[..., Any]


def read_jobs(
    named: Sequence[Path],
    only: Sequence[str],
    options: RunOptions,
    *,
    sets: Sequence[str] = (),
    device: str | None = None,
) -> list[list[Job]]:
    """The jobs of every file that is named or in a folder that is named, those of one file together.

    Args:
        only: shell patterns of names; a file of which nothing is left is left out.

    Raises:
        JobError: with every problem of every file; because a pattern matches nothing, or two jobs would write into one folder.
    """
    from artgen.errors import JobError
    from artgen.job import read_job
    from artgen.job.sweep.only import only as chosen
    from artgen.job.text.files import job_files
    from artgen.launch.clashes import refuse_shared_folders
    from artgen.runs.open import runs_before

    found: list[list[Job]] = []
    problems = []
    for path in job_files(named):
        try:
            found.append(read_job(path, sets=sets, device=device, **runs_before(options)))
        except JobError as error:
            problems.extend(error.problems)
    if problems:
        raise JobError(problems)
    asked_for = chosen([job for of_file in found for job in of_file], only)
    refuse_shared_folders(asked_for, options)
    kept = {id(job) for job in asked_for}
    remaining = ([job for job in of_file if id(job) in kept] for of_file in found)
    return [of_file for of_file in remaining if of_file]
