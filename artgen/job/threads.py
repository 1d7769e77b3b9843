"""How many processor threads a job works with: part of its lock, since sums depend on it to the last bit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from artgen.job.model import Job


def threads_of_job(job: Job) -> int:
    """What `[train]` or `[paint]` says; 0 where it leaves that to who runs it."""
    config: Any = getattr(job, job.work[0])
    return int(config.threads)


def with_threads(job: Job, threads: int) -> Job:
    """The job with so many, where it does not say itself."""
    if threads_of_job(job):
        return job
    table = job.work[0]
    changed: dict[str, Any] = {table: getattr(job, table).model_copy(update={"threads": threads})}
    return replace(job, **changed)
