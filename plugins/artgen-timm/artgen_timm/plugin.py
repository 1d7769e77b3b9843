"""What artgen is told of this plugin."""

from __future__ import annotations

import importlib.util
import sys
from typing import TYPE_CHECKING

from artgen import hookimpl
from artgen.errors import Problem

if TYPE_CHECKING:
    from artgen.job.model import Job
    from artgen.registry import Register
    from artgen.runs.store import Run


@hookimpl
def register_backbones(register: Register) -> None:
    register(
        "timm",
        "artgen_timm.backbone:Timm",
        config="artgen_timm.config:TimmConfig",
        summary="A convolutional network of timm, by name; weights from a safetensors file or fetched once",
        requires=("timm",),
    )


@hookimpl
def register_outputs(register: Register) -> None:
    register(
        "likeness-sheet",
        "artgen_timm.sheet:LikenessSheet",
        config="artgen_timm.config:LikenessConfig",
        summary="A contact sheet sorted by likeness to a network of timm, with the distances it is sorted by",
        requires=("timm",),
    )


@hookimpl
def job_checked(job: Job) -> list[Problem]:
    """Networks and layers of sheets that there are not are told before anything is trained; no other job loads timm."""
    from artgen_timm.config import LikenessConfig

    sheets = [output for output in job.outputs if isinstance(output.config, LikenessConfig)]
    if not sheets or importlib.util.find_spec("timm") is None:
        return []
    from artgen_timm.foreseen import problem_of

    return [problem for sheet in sheets if (problem := problem_of(sheet, job))]


@hookimpl
def task_finished(run: Run) -> None:
    """Note in the run which weights were looked through, where any were."""
    if "artgen_timm.backbone" in sys.modules:
        from artgen_timm.record import keep_record

        keep_record(run)
