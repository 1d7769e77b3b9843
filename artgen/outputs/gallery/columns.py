"""The pictures as the page's script wants them: a column for each thing that is told of all, small and quick to read."""

from __future__ import annotations

import base64
import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from artgen.outputs.gallery.colour import place_in_order
from artgen.outputs.gallery.told import own_lines

if TYPE_CHECKING:
    from artgen.outputs.gallery.facts import Fact
    from artgen.outputs.gallery.tiles import PagePicture

FACETS = ("class", "content", "style")
"""What pictures can be narrowed by, where they have it."""

_DIMENSIONS = 16


def columns(pictures: Sequence[PagePicture], facts: Sequence[Fact], *, numbered: bool) -> dict[str, Any]:
    """What the page's script is told of the pictures, in their order."""
    told: dict[str, Any] = {
        "size": [[picture.work.width, picture.work.height] for picture in pictures],
        "date": _words([_day_of(picture) for picture in pictures]),
        "facets": {name: _words(values) for name in FACETS if any(values := _told(pictures, name))},
        "colour": [round(place_in_order(fact.colour), 4) for fact in facts],
        "looks": _looks(facts),
    }
    if all(fact.nearest is not None for fact in facts):
        told["nearest"] = [fact.nearest for fact in facts]
    if numbered:
        told["seed"] = [str(picture.work.recipe["seed"]) for picture in pictures]  # a script would round large numbers
    else:
        told["stem"] = [picture.work.stem for picture in pictures]
        told["own"] = [own_lines(picture.work) for picture in pictures]
    return told


def choices(told: Mapping[str, Any]) -> list[tuple[str, list[tuple[int, str, int]]]]:
    """What pictures can be narrowed by: a name, and number, word and count of pictures of each that there is."""
    found = []
    for name, facet in told["facets"].items():
        count = Counter(facet["of"])
        found.append((name, [(number, word, count[number]) for number, word in enumerate(facet["words"])]))
    return [(name, words) for name, words in found if len(words) > 1]


def _told(pictures: Sequence[PagePicture], name: str) -> list[str]:
    return [str(picture.work.details.get(name, "")) for picture in pictures]


def _words(values: Sequence[str]) -> dict[str, Any]:
    """Each different word once, and for every picture which it is."""
    words = list(dict.fromkeys(values))
    index = {word: number for number, word in enumerate(words)}
    return {"words": words, "of": [index[value] for value in values]}


def _day_of(picture: PagePicture) -> str:
    """When it was painted."""
    return dt.datetime.fromtimestamp(picture.full.stat().st_mtime, dt.UTC).date().isoformat()


def _looks(facts: Sequence[Fact]) -> str:
    """What every picture looks like, along the directions in which these pictures differ most.

    Shape:
        (N, 16) int8, in base64
    """
    looks = np.stack([fact.look_vector() for fact in facts]).astype(np.float32)
    looks -= looks.mean(axis=0)
    directions = np.linalg.eigh(looks.T @ looks)[1][:, : -_DIMENSIONS - 1 : -1]
    reduced = looks @ directions
    scale = 127 / max(float(np.abs(reduced).max()), 1e-9)
    return base64.b64encode(np.rint(reduced * scale).astype(np.int8).tobytes()).decode()
