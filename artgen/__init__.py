"""artgen: turn a folder of pictures into generative art in batches.

The public surface. Names that need torch or pydantic are imported when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from artgen.contracts import Judged, Painted, PictureShape
    from artgen.errors import ArtgenError, Problem
    from artgen.hookspecs import hookimpl

_LAZY = {
    "ArtgenError": "artgen.errors",
    "Judged": "artgen.contracts",
    "Painted": "artgen.contracts",
    "PictureShape": "artgen.contracts",
    "Problem": "artgen.errors",
    "hookimpl": "artgen.hookspecs",
}

__all__ = ["ArtgenError", "Judged", "Painted", "PictureShape", "Problem", "__version__", "hookimpl"]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'artgen' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
