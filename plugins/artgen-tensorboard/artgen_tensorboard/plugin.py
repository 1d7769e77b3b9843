"""What artgen is told of this plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artgen import hookimpl

if TYPE_CHECKING:
    from artgen.registry import Register


@hookimpl
def register_trackers(register: Register) -> None:
    register(
        "tensorboard",
        "artgen_tensorboard.tracker:Tensorboard",
        config="artgen_tensorboard.config:TensorboardConfig",
        summary="Event files for TensorBoard: curves, pictures over time, films' posters, the resolved job",
        requires=("tensorboard",),
    )
