"""What artgen is told of this plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artgen import hookimpl

if TYPE_CHECKING:
    from artgen.registry import Register

PRESETS = {
    "silk": "Crimson satin in heavy folds",
    "amber": "Light through resin and smoke",
    "marble": "Black marble with gold in its cracks",
    "agate": "Banded stone, cut and polished",
    "mandala": "Rosettes of eight embossed petals",
    "tile": "Painted tiles that join without a seam",
    "cutout": "Paper cut with scissors, in five flat colours",
    "ink": "A wet brush on paper",
}
"""What each preset looks like; `cppn-NAME` in a job."""


@hookimpl
def register_generators(register: Register) -> None:
    register(
        "cppn",
        "artgen_cppn.network:CPPN",
        config="artgen_cppn.config:CPPNConfig",
        summary="Patterns from coordinates: any size, and no pictures needed",
    )


@hookimpl
def register_presets(register: Register) -> None:
    for name, summary in PRESETS.items():
        register(f"cppn-{name}", f"artgen_cppn.presets:{name}.toml", summary=summary)
