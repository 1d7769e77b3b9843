"""Which names can be a file's on every platform."""

from __future__ import annotations

import re
from collections.abc import Iterable

_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
_FORBIDDEN = re.compile(r'[<>:"/\\|?*@\x00-\x1f]')
PROGRESS = "progress"
"""What the sheets are called that a training makes of itself, beside the outputs of the job."""
LONGEST = 80
LONGEST_BYTES = 160
"""Letters beyond ASCII take several; names of files have room for 255, with what is added while they are written."""
_LONGEST_HALF = 36
"""Letters of a content's or a style's name in ``content--style``."""


def why_no_file_name(name: str) -> str:
    """Why a name cannot be a folder's on Linux, macOS and Windows alike; "" when it can.

    ``@`` is kept for the cells of a matrix.
    """
    if not name.strip():
        return "is empty"
    if forbidden := _FORBIDDEN.search(name):
        return f"cannot hold {forbidden.group()!r}: it becomes the name of a folder"
    if name[0] in ". -" or name[-1] in ". ":
        return f"cannot begin with {name[0]!r}" if name[0] in ". -" else f"cannot end with {name[-1]!r}"
    if name.split(".")[0].lower() in _RESERVED:
        return "is a name that Windows keeps for itself"
    if len(name) > LONGEST:
        return f"has {len(name)} letters; at most {LONGEST} fit into a file name with what is added"
    if (size := len(name.encode(errors="surrogateescape"))) > LONGEST_BYTES:
        return f"is {size} bytes long; at most {LONGEST_BYTES} fit into a file name with what is added"
    return ""


def as_file_name(text: str) -> str:
    """The text with everything that could not stand in a file name as ``_``."""
    name = _cut(re.sub(r"[^\w.+=-]+", "_", text).strip("_. -")[:LONGEST], LONGEST_BYTES)
    return name if name and not why_no_file_name(name) else f"x{name}"


def as_half(text: str) -> str:
    """The same, short enough for a name of two halves: ``astronaut--church-at-auvers``."""
    return _cut(as_file_name(text)[:_LONGEST_HALF], LONGEST_BYTES // 2).rstrip("-_. ")


def _cut(text: str, most_bytes: int) -> str:
    return text.encode()[:most_bytes].decode(errors="ignore")


def distinct_names(names: Iterable[str]) -> list[str]:
    """Names that differ in whatever case, by a number behind those that were there before."""
    taken: set[str] = set()
    found = []
    for name in names:
        other, number = name, 1
        while other.casefold() in taken:
            number += 1
            other = f"{name}-{number}"
        taken.add(other.casefold())
        found.append(other)
    return found
