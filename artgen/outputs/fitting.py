"""What outputs cannot do beside some generators: told of a job before anything starts, and by the outputs of a run.

Imports no torch.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from artgen.contracts import Input
from artgen.outputs.config import ImagesConfig, PaintedConfig
from artgen.outputs.stills.config import PosterConfig
from artgen.outputs.stills.poster.layout import PosterLayout

OF_SEEDS = "is for generators that paint from seeds; this job has pictures of its own"
ALL_SHOWN = "Leave it out: all of them are shown."
EDGES = "these pictures have edges: they were not painted to be tiled"
TEXTURES = "Textures are, with [generator] type = 'canvas', without content, and with wrap = true."
ONLY_CANVASES = "only canvases can be painted again at another size"
NO_REPAINT = "Write enlarge = 'smooth' or 'crisp'."
NOT_LETTERED = 'Name a font that has them: font = "FILE.otf".'

SMALLER = "Write a smaller scale, take fewer pictures, or paint smaller ones."
LARGE_POSTERS = "Large posters are looked at from afar: 150 dpi do for A0."
NO_ROOM = "Take a smaller margin, gap or text_height, or fewer columns."
ONE_W = "mix needs a generator with a mapping network, whose layers have a w each"
NO_MAPPING = "principal components are of the w of a mapping network, and this generator has none"

_LARGEST_FILM_PX = 8192
_LARGEST_POSTER_PX = 1 << 29
_SEEDED = {"seeds": "seeds", "truncation": "truncation", "class_": "class"}


def seeded_options(config: PaintedConfig) -> Iterator[str]:
    """Options of an output that are of use beside a generator that paints from seeds, and that say something."""
    known = type(config).model_fields
    for field, name in _SEEDED.items():
        if field in known and getattr(config, field) != known[field].default:
            yield name


def too_deep(config: ImagesConfig, depth: int) -> str:
    """Why pictures cannot be written with the bits that are asked for; "" where they can.

    Args:
        depth: bits of a channel that the pictures have.
    """
    if config.depth <= depth:
        return ""
    return f"{config.depth} bits are for canvases: this generator paints pictures of {depth} bits"


def too_large(size: tuple[int, int]) -> str:
    """Why nobody could watch a film; "" where players take it.

    Args:
        size: width and height of its frames.
    """
    if max(size) <= _LARGEST_FILM_PX:
        return ""
    return f"the film would have {size[0]}×{size[1]} pixels, and players take no more than {_LARGEST_FILM_PX}"


def misfit(config: PosterConfig, layout: PosterLayout) -> tuple[str, str, str]:
    """The option by which a poster cannot be made, why, and what to do; three times "" where it can."""
    width, height = layout.size
    if width * height > _LARGEST_POSTER_PX:
        limit = f"the limit is {_LARGEST_POSTER_PX // 1_000_000} million"
        return "dpi", f"the poster has {width}×{height} pixels at {config.dpi} dpi; {limit}", LARGE_POSTERS
    if any(min(place.size) < 1 for place in layout.pictures):
        return "", "no room is left for the pictures", NO_ROOM
    return "", "", ""


def unwritten(config: PosterConfig) -> Iterator[tuple[str, str]]:
    """Options of a poster that cannot be written on it, and why.

    Raises:
        DataError: its font is none.
    """
    for option in ("title", "edition"):
        if why := _unlettered(getattr(config, option), config.font):
            yield option, why


def _unlettered(text: str, font: Path | None) -> str:
    """Why a text cannot be written on a picture; "" where it can.

    Args:
        font: a file of the user's; None for artgen's own letters.

    Raises:
        DataError: the file is no font.
    """
    if not font and text.isascii() and text.isprintable():
        return ""  # without pillow, which a job that is only checked need not load
    from artgen.outputs.stills.letters.lettering import letters_missing

    missing = letters_missing(text, font)
    whose = f"the letters of {font.name} are others" if font else "artgen's letters are Latin, Greek and Cyrillic"
    return f"{whose}: there is no '{missing}'" if missing else ""


def depth_of(paints_from: Input) -> int:
    """Bits of a channel that the pictures of a generator have."""
    return 16 if paints_from == "canvas" else 8
