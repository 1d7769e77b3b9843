"""``artgen check``: every problem of a job, with its line."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from artgen.errors import Problem


@click.command()
@click.argument("jobs", metavar="JOB...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--set", "sets", metavar="KEY=VALUE", multiple=True, help="Change a value, such as train.batch=16.")
@click.option("--json", "as_json", is_flag=True, help="Print the problems as JSON.")
def check(jobs: tuple[Path, ...], sets: tuple[str, ...], as_json: bool) -> int:
    """Show every problem of each JOB, with its line; exit 2 when there is one."""
    from artgen.errors import JobError
    from artgen.job import read_job
    from artgen.launch.options import RunOptions
    from artgen.runs.open import decided_before, lock_left

    frozen, left = partial(decided_before, RunOptions()), partial(lock_left, RunOptions())
    problems: list[Problem] = []
    for path in jobs:
        try:
            cells = read_job(path, sets=sets, frozen=frozen, left=left)
        except JobError as error:
            problems.extend(error.problems)
            continue
        if not as_json:
            count = f" ({len(cells)} runs)" if len(cells) > 1 else ""
            click.echo(f"{path}: fine{count}")
    if as_json:
        click.echo(json.dumps([_plain(problem) for problem in problems], indent=2))
        return JobError.exit_code if problems else 0
    if problems:
        raise JobError(problems)
    return 0


def _plain(problem: Problem) -> dict[str, object]:
    return {key: str(value) if isinstance(value, Path) else value for key, value in asdict(problem).items()}
