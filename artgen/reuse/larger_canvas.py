"""A canvas of a run painted once more, larger."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artgen.errors import ArtgenError
from artgen.job.canvases import CanvasPlan, canvases
from artgen.job.kept.lock import lock_data
from artgen.launch.tasks import PAINT, do_task
from artgen.losses.config import StyleConfig
from artgen.runs.canvases import finished_canvases
from artgen.runs.checkpoints import sha256_of
from artgen.runs.progress import open_progress
from artgen.runs.store import Run

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from artgen.job.model import Job, Part


def larger_canvas(run: Run, label: str, long_side_px: int, folder: Path) -> NDArray[np.uint16]:
    """Paint a canvas again at another size, from the pictures that it was painted from.

    What is finished is kept, and what was interrupted goes on.

    Args:
        run: that has the canvas.
        label: of the canvas.
        long_side_px: of what is painted.
        folder: where it is kept.

    Returns:
        (H, W, C) uint16.

    Raises:
        ArtgenError: the pictures that it was painted from are gone or others now, or it cannot be painted.
        InterruptedRun: the user asked to stop.
    """
    from artgen.plugins import plugin_manager

    plan = next((plan for plan in canvases(run.job) if plan.label == label), None)
    if plan is None or _inputs(plan) != finished_canvases(run.canvases)[label].inputs:
        raise ArtgenError(
            f"{label} cannot be painted again: the pictures that it was painted from are not where they were, "
            "or were changed since",
            where=run.name,
            hint="Put them back as they were, or write enlarge = 'smooth'.",
        )
    job = _job_of(run.job, plan, long_side_px)
    larger = Run(folder / f"{label}-{long_side_px}", run.name, job, lock_data(job, folder))
    larger.interrupted = run.interrupted
    do_task(PAINT, larger, None, open_progress("quiet"), plugin_manager())
    (canvas,) = finished_canvases(larger.canvases).values()
    return canvas.pixels()


def _inputs(plan: CanvasPlan) -> dict[str, list[str]]:
    """sha256 of the files that a canvas would be made of now, by role; none where one cannot be read."""
    try:
        return {role: [sha256_of(file) for file in files] for role, files in plan.files().items()}
    except OSError:
        return {}


def _job_of(job: Job, plan: CanvasPlan, long_side_px: int) -> Job:
    """A job of this one canvas."""
    generator = _with(
        job.generator,
        size=long_side_px,
        content=[str(plan.content)] if plan.content else [],
        keep=[str(plan.keep)] if plan.keep else [],
        textures=1,
    )
    return replace(
        job,
        job=job.job.model_copy(update={"seed": plan.seed}),
        generator=generator,
        losses=tuple(_of_plan(loss, plan) for loss in job.losses),
        outputs=(),
        trackers=(),
    )


def _of_plan(loss: Part, plan: CanvasPlan) -> Part:
    if not isinstance(loss.config, StyleConfig):
        return loss
    mask = plan.masks.get(loss.name)
    return _with(loss, images=list(map(str, plan.styles[loss.name])), mask=[str(mask)] if mask else [])


def _with(part: Part, **changes: Any) -> Part:
    return replace(part, config=part.config.model_copy(update=changes))
