"""What artgen is told of this plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artgen import hookimpl
from artgen.errors import Problem

if TYPE_CHECKING:
    from artgen.job.model import Job
    from artgen.registry import Register

_SQUARE = (1, 1)
"""The sides of a canvas without content."""


@hookimpl
def register_outputs(register: Register) -> None:
    register(
        "halftone",
        "artgen_halftone.output:Halftone",
        config="artgen_halftone.config:HalftoneConfig",
        summary="Plates of one bit for the press, screened or dithered; hatching, spirals and stipples for a pen plotter",
    )


@hookimpl
def job_checked(job: Job) -> list[Problem]:
    """Plates that are too large and drawings that are too fine are told before anything is trained."""
    from artgen_halftone.config import HalftoneConfig, smaller, too_much

    problems: list[Problem] = []
    sides = (job.shape.width, job.shape.height) if job.shape else _SQUARE
    if getattr(job.generator.config, "content", None):
        return problems  # canvases are as their contents, which are not looked at here
    for output in job.outputs:
        if isinstance(output.config, HalftoneConfig):
            why = too_much(output.config, *sides)
            if why:
                problems.append(
                    Problem(f"{why}. {smaller(output.config)}", file=job.file, table=f"outputs.{output.name}")
                )
    return problems
