"""Run folders and locks alone: what other schedulers than artgen's own begin with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from artgen.cores import cores
from artgen.launch.graph import nodes_of
from artgen.launch.options import RunOptions
from artgen.runs.open import begun_run
from artgen.runs.progress import Progress
from artgen.runs.tasks.attempts import write_plan

if TYPE_CHECKING:
    from artgen.job.model import Job


def prepare_runs(jobs: Sequence[Job], options: RunOptions, progress: Progress) -> None:
    """Make the folder and the lock of every job, after which ``artgen task`` does the rest.

    Raises:
        RunBusyError: another process gives out the tasks of one of them.
        RunChangedError: one holds checkpoints of another job.
    """
    for job in jobs:
        with begun_run(job, options, fingerprints={}, threads=cores(), warn=progress.warn) as run:
            write_plan(run.folder, [node.task for node in nodes_of(run.job, options, options.jobs or 1)])
            progress.say(f"{run.name}: {run.folder}")


def stages_of(jobs: Sequence[Job], options: RunOptions) -> list[list[tuple[Job, str]]]:
    """The tasks of all jobs in stages: each task needs none of its own stage or of later ones."""
    stages: list[list[tuple[Job, str]]] = []
    for job in jobs:
        stage: dict[str, int] = {}
        for node in nodes_of(job, options, options.jobs or 1):
            stage[node.task] = max((stage[other] + 1 for other in (*node.needs, *node.after)), default=0)
            stages += [[] for _ in range(stage[node.task] + 1 - len(stages))]
            stages[stage[node.task]].append((job, node.task))
    return stages
