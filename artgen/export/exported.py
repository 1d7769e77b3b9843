"""A generator on its way out, and what every form of it tells of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

import artgen
from artgen.engine.checkpoint import load_part
from artgen.runs.checkpoints import SAMPLER, Checkpoint
from artgen.runs.store import Run

FORMAT = 1

Dtype = Literal["float32", "float16"]


@dataclass(frozen=True)
class Exported:
    """The averaged generator of a checkpoint.

    Attributes:
        run: open to be read.
        dtype: of its weights where they are handed on.
        credit: a line of the user's own on who made it and how it may be used; may be empty.
    """

    run: Run
    checkpoint: Checkpoint
    dtype: Dtype = "float32"
    credit: str = ""

    def weights(self) -> dict[str, Tensor]:
        """The tensors by the generator's own parameter names, on the CPU; numbers that only count stay as they are.

        Raises:
            CheckpointError: the file is missing or is not what was written.
        """
        dtype = getattr(torch, self.dtype)
        loaded = load_part(self.checkpoint, SAMPLER)
        return {name: one.to(dtype) if one.is_floating_point() else one for name, one in loaded.items()}

    @property
    def marks(self) -> dict[str, str]:
        """What tells one export of a run from another."""
        marks = {"checkpoint": self.checkpoint.info.sha256, "dtype": self.dtype}
        return marks | ({"credit": self.credit} if self.credit else {})

    @property
    def told(self) -> dict[str, Any]:
        """All that is needed to build the network again, and where it comes from; no paths, no times.

        Returns:
            ``format``, ``artgen``, ``job``, ``generator`` (type and options), ``shape``, ``classes``, ``stage`` where it
            grew in stages, ``step``, ``images``, and the marks.
        """
        info, state = self.checkpoint.info, self.checkpoint.state
        shape = self.run.job.shape
        generator: Mapping[str, Any] = self.run.lock["generator"]
        return {
            "format": FORMAT,
            "artgen": artgen.__version__,
            "job": self.run.name,
            "generator": dict(generator),
            "shape": [shape.width, shape.height, shape.channels] if shape else [],
            "classes": list(state.get("classes", [])),
            **({"stage": state["stage"]} if state.get("stage") else {}),
            "step": info.step,
            "images": info.images,
            **self.marks,
        }
