"""What rungs ask of a job: pictures that are measured while it learns, and a budget that reaches them."""

from __future__ import annotations

from collections.abc import Iterator

from artgen.engine.budget import Budget
from artgen.errors import Problem
from artgen.job.model import Job
from artgen.job.text.tree import Origin


def rung_problems(job: Job, origin: Origin) -> Iterator[Problem]:
    """Why the cells of a matrix cannot be compared at its rungs."""
    budget = Budget.of(job.train)
    if job.paints_from != "latent":
        text = "rungs compare kid_vgg, which is of networks that paint from latents: leave them out"
        yield origin.problem(text, "matrix")
    elif budget.steps is None:
        yield origin.problem("rungs need a budget in kimg or steps, not in minutes", "matrix")
    elif beyond := [rung for rung in job.train.rungs if budget.steps_at(rung) > budget.steps]:
        kimg = budget.steps * budget.images_per_step / 1000
        text = f"the rung at {beyond[0]:g} kimg lies beyond the budget of {kimg:g} kimg"
        yield origin.problem(text, "matrix")
    elif job.quality.during == 0:
        yield origin.problem("rungs compare kid_vgg, which [quality] during = 0 never measures", "matrix")
