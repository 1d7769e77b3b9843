"""How many optimisation steps a job takes."""

from __future__ import annotations

from artgen.engine.budget import Budget
from artgen.job.canvases import canvases
from artgen.job.model import Job


def steps_of_job(job: Job) -> int | None:
    """In all, those of every canvas counted; None when the budget is a time."""
    if job.paints_from == "canvas":
        return len(canvases(job)) * job.paint.steps_in_all(job.paint.sizes(job.generator.config.size))
    return Budget.of(job.train).steps
