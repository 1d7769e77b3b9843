"""What artgen is told of this plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artgen import hookimpl

if TYPE_CHECKING:
    from artgen.registry import Register


@hookimpl
def register_launchers(register: Register) -> None:
    register(
        "slurm",
        "artgen_slurm.launcher:SlurmLauncher",
        config="artgen_slurm.config:SlurmConfig",
        summary="Slurm: job arrays, which go on after preemption and beyond their time limit",
    )
