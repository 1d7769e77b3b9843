"""Text by others on a terminal."""

from __future__ import annotations


def harmless(text: str) -> str:
    """Text on one line: what would steer a terminal, or break the line, is shown as an escape."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
