"""The end of a batch: what became of each run, for plugins that bring the news."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from artgen.errors import BatchFailed, InterruptedRun
from artgen.launch.clashes import names_of
from artgen.launch.options import RunOptions
from artgen.runs.open import run_folder
from artgen.runs.store import LOCK_NAME

if TYPE_CHECKING:
    from artgen.job.model import Job
    from artgen.plugins import PluginManager


def tell_that_it_is_over(
    jobs: Sequence[Job], options: RunOptions, plugins: PluginManager, ended: Exception | None
) -> None:
    """Tell plugins what a batch came to.

    Args:
        ended: what it ended with; None where all went well.
    """
    failed = dict(ended.failures) if isinstance(ended, BatchFailed) else {}
    if ended is not None and not failed and len(jobs) == 1 and not isinstance(ended, InterruptedRun):
        failed[jobs[0].name] = str(ended)
    complete = ended is None or isinstance(ended, BatchFailed)
    finished, dropped, waiting = [], [], []
    for job, name in zip(jobs, names_of(jobs, options), strict=True):
        if name in failed:
            continue
        kind, text = _on_disk(job, options)
        if kind == "dropped" and job.train.rungs:
            dropped.append(name)
        elif kind == "finished" or complete:
            finished.append(name)
        elif kind == "failed":
            failed[name] = text
        else:
            waiting.append(name)
    plugins.notify("batch_finished", finished=finished, failed=failed, dropped=dropped, waiting=waiting)


def _on_disk(job: Job, options: RunOptions) -> tuple[str, str]:
    from artgen.outputs.overview.one_run import read_run

    folder = run_folder(job, options)
    if not (folder / LOCK_NAME).is_file():
        return "unfinished", ""
    run = read_run(folder)
    return run.kind, run.state
