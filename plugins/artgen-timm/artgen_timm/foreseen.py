"""What the networks of sheets lack, told where the job is checked: before an hour of training."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from artgen.errors import ArtgenError, Problem

from artgen_timm.layers import check_layers, strides_of, usual_of
from artgen_timm.models import build_model

if TYPE_CHECKING:
    from artgen.job.model import Job, Part


def problem_of(sheet: Part, job: Job) -> Problem | None:
    """A network that there is not or that cannot be looked through, or a layer that it has not."""
    table = f"outputs.{sheet.name}"
    key = "model"
    try:
        strides, usual = _layers_of(sheet.config.model, table)
        key = "layers"
        check_layers(sheet.config.layers, sheet.config.model, strides, usual, table)
    except ArtgenError as error:
        source = job.sources.get(f"{table}.{key}")
        text = f"{error.message}; {error.hint}"
        return Problem(text, file=job.file, table=table, origin=source.place if source else "")
    return None


@functools.cache
def _layers_of(model: str, table: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """All layers of a network, and the usual ones."""
    network: Any = build_model(model, table)
    strides = strides_of(network, model, table)
    return tuple(strides), usual_of(network, strides)
