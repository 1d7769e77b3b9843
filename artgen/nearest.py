"""The word that was probably meant, where one is misspelt."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_SHORT = 3
"""Among words of so few letters one other letter makes another word: gpu is no misspelt cpu."""


def nearest(word: str, words: Iterable[str], *, near: float = 0.6) -> str:
    """The one of some words that was probably meant, in capitals or not; "" where none is near.

    Args:
        near: how alike they must be at least, from 0 to 1.
    """
    folded = {one.casefold(): one for one in words}
    near = near if len(word) > _SHORT else max(near, 0.7)
    close = difflib.get_close_matches(word.casefold(), list(folded), 1, near)
    return folded[close[0]] if close else ""
