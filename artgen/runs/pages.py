"""Which page of a run is whose."""

from __future__ import annotations

from collections.abc import Sequence

INDEX = "index.html"
"""The page of a run, at the root of its folder."""


def page_of(galleries: Sequence[str], output: str) -> str:
    """``index.html`` for the first of these galleries, ``index-NAME.html`` for any other, so that none is in the way.

    Args:
        galleries: names, in their order.
        output: name of the one whose page it is.
    """
    return INDEX if output in galleries[:1] else f"index-{output}.html"
