"""What artgen is told of this plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artgen import hookimpl

if TYPE_CHECKING:
    from artgen.registry import Register


@hookimpl
def register_outputs(register: Register) -> None:
    register(
        "fid",
        "artgen_fid.output:Fid",
        config="artgen_fid.config:FidConfig",
        summary="FID and KID of the pictures with the original Inception, as papers give them",
        requires=("torch_fidelity",),
    )
