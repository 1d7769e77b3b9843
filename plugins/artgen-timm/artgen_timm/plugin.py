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
def task_finished(run: Run) -> None:
    """Note in the run which weights were looked through, where any were."""
    if "artgen_timm.backbone" in sys.modules:
        from artgen_timm.record import keep_record

        keep_record(run)
