"""``artgen plan --commands``: what is to be done as lines of shell, for schedulers that artgen does not know."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from artgen.job import Job
    from artgen.launch.options import RunOptions

_HEADER = """\
# Each line is a command of its own. Lines of a stage may run at a time, in any order and on any machine that sees these
# paths; each stage needs the ones before it. Exit codes: 0 done (also when it was done before), 1 failed, 2 the job is
# wrong, 3 the pictures are, 130 asked to stop. A line that failed or was lost is given again as it is: it goes on where
# it was. SIGTERM has a line save and end."""


def print_commands(named: Sequence[Path], jobs: Sequence[Job], options: RunOptions, given: Sequence[str]) -> None:
    """Print the lines.

    Args:
        named: the files and folders of the command.
        jobs: all that they come to.
        options: of the command.
        given: its other words, which decide what the jobs are.
    """
    from artgen.launch.prepare import stages_of
    from artgen.runs.open import run_folder
    from artgen.runs.store import LOCK_NAME

    click.echo(_HEADER)
    if any(job.train.rungs for job in jobs):
        click.echo("# Rungs are decided by artgen run alone: by these lines every run learns to its end.")
    stages = stages_of(jobs, options)
    click.echo(f"\n# Stage 1 of {len(stages) + 1}: run folders and locks, in a moment")
    click.echo(f"cd {shlex.quote(str(Path.cwd()))}")
    out = ["--out", str(options.out.absolute())] if options.out else []
    told = ["--jobs", str(options.jobs)] if options.jobs else []
    files = [str(path.absolute()) for path in named]
    artgen = ["artgen", *_plugged()]
    click.echo(shlex.join([*artgen, "run", *files, *given, *out, *told, "--prepare"]))
    for number, stage in enumerate(stages, 2):
        click.echo(f"\n# Stage {number} of {len(stages) + 1}: {_told(stage)}")
        for job, task in stage:
            lock = run_folder(job, options).absolute() / LOCK_NAME
            click.echo(shlex.join([*artgen, "task", str(lock), task]))


def _plugged() -> list[str]:
    """The plugins of the command, for each line again."""
    from artgen.plugins.manager import SELECTION
    from artgen.plugins.one_off import asked_for

    none = ["--no-plugins"] if os.environ.get(SELECTION) == "" else []
    return [*none, *(f"--plugin={file}" for file in asked_for())]


def _told(stage: Sequence[tuple[Job, str]]) -> str:
    from artgen.launch.graph import is_shard
    from artgen.launch.tasks import OUTPUT

    learns = sum(not task.startswith(OUTPUT) for _, task in stage)
    shards = sum(is_shard(task) for _, task in stage)
    counts = {"to learn or paint": learns, "shards": shards, "outputs": len(stage) - learns - shards}
    return ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
