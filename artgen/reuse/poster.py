"""The output `poster`, handed what can paint a canvas at another size."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from artgen.outputs.stills.config import PosterConfig
    from artgen.outputs.stills.poster.poster import Poster


def poster(config: PosterConfig, name: str) -> Poster:
    """The output; outputs know nothing of painting canvases."""
    from artgen.outputs.stills.poster.poster import Poster
    from artgen.reuse.larger_canvas import larger_canvas

    return Poster(config, name, larger_canvas)
