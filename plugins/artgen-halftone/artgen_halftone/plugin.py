"""What artgen is told of this plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artgen import hookimpl

if TYPE_CHECKING:
    from artgen.registry import Register


@hookimpl
def register_outputs(register: Register) -> None:
    register(
        "halftone",
        "artgen_halftone.output:Halftone",
        config="artgen_halftone.config:HalftoneConfig",
        summary="Plates of one bit for the press, screened or dithered; hatching, spirals and stipples for a pen plotter",
    )
