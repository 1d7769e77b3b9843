"""Text by others on a terminal, and what becomes of ours where nobody reads it."""

from __future__ import annotations

import os
import select
import sys
from typing import TextIO


def harmless(text: str) -> str:
    """Text on one line: what would steer a terminal, or break the line, is shown as an escape."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def open_what_is_closed() -> None:
    """Have somewhere to write to where a program was started with its output closed, as by ``>&-``.

    Without it the next file that is opened would stand in its place.
    """
    null = None
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDWR) if null is None else null
            os.dup2(null, number)
            setattr(sys, name, os.fdopen(number, "r" if name == "stdin" else "w", closefd=False))


def pipe_is_broken(stream: TextIO) -> bool:
    """Whether whoever read it has gone."""
    if not hasattr(select, "poll"):
        return True
    watch = select.poll()
    watch.register(stream.fileno(), 0)  # of errors it tells in any case
    return any(event & select.POLLERR for _, event in watch.poll(0))


def read_by_nobody(stream: TextIO) -> None:
    """Nothing more can be said there, not even at exit, and that is no error."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
