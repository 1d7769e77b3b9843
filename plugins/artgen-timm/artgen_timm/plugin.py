"""What artgen is told of this plugin."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from artgen import hookimpl

if TYPE_CHECKING:
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
def task_finished(run: Run) -> None:
    """Note in the run which weights were looked through, where any were."""
    if "artgen_timm.backbone" in sys.modules:
        from artgen_timm.record import keep_record

        keep_record(run)
