"""What artgen is told of this plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artgen import hookimpl
from artgen.errors import Problem

if TYPE_CHECKING:
    from artgen.job.model import Job
    from artgen.registry import Register


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
    """Plates that are too large are told before anything is trained."""
    from artgen_halftone.config import SMALLER, HalftoneConfig, too_much

    problems = []
    for output in job.outputs:
        if job.shape and isinstance(output.config, HalftoneConfig):
            why = too_much(output.config, job.shape.width, job.shape.height)
            if why:
                problems.append(Problem(f"{why}. {SMALLER}", file=job.file, table=f"outputs.{output.name}"))
    return problems
