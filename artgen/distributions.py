"""Who brings components: artgen itself, its own plugins, which are installed one by one, and single files."""

from __future__ import annotations

from collections.abc import Mapping

from artgen.requirement import pip_line

BUILTIN = "artgen-toolkit"
"""artgen itself."""
PLUGINS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "artgen-audio": {"output": ("audio-film",)},
    "artgen-cppn": {
        "generator": ("cppn",),
        "preset": (
            "cppn-agate",
            "cppn-amber",
            "cppn-cutout",
            "cppn-ink",
            "cppn-mandala",
            "cppn-marble",
            "cppn-silk",
            "cppn-tile",
        ),
    },
    "artgen-fid": {"output": ("fid",), "command": ("fid",)},
    "artgen-halftone": {"output": ("halftone",)},
    "artgen-ray": {"launcher": ("ray",)},
    "artgen-slurm": {"launcher": ("slurm",)},
    "artgen-tensorboard": {"tracker": ("tensorboard",)},
    "artgen-timm": {"backbone": ("timm",), "output": ("likeness-sheet",)},
}
"""The names that each of artgen's plugins registers, by kind, and the commands that it adds to ``artgen``. Where one is
not installed, a name of its is no misspelt one."""


def brought(kind: str) -> dict[str, str]:
    """The names of a kind, each with the plugin that brings it."""
    return {name: plugin for plugin, names in PLUGINS.items() for name in names.get(kind, ())}


def how_to_install(distribution: str, version: str = "") -> str:
    """What to do to have a plugin, as one sentence without its end.

    Args:
        version: the one that is wanted, where that is known.
    """
    if distribution in PLUGINS:
        return f"Try, in the folder with artgen's README.md: {pip_line(f'./plugins/{distribution}')}"
    return f"Try: {pip_line(f'{distribution}=={version}' if version else distribution)}"


def is_one_off(distribution: str) -> bool:
    """Whether it is a file that was plugged in by ``--plugin``; those are called by their file names."""
    return distribution.endswith(".py")
