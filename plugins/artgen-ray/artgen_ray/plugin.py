"""What artgen is told of this plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artgen import hookimpl

if TYPE_CHECKING:
    from artgen.registry import Register


@hookimpl
def register_launchers(register: Register) -> None:
    register(
        "ray",
        "artgen_ray.launcher:RayLauncher",
        config="artgen_ray.config:RayConfig",
        summary="Ray: many machines, or all of this one",
        requires=("ray",),
    )
