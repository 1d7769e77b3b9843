"""The other side of `artgen.data.pool`: a process that does one thing to one file after another.

It reads a line of settings, then lines of items, all JSON, and answers each line of items with a line of results.
It ends when its input does, so it never outlives the process that started it by more than the files in hand.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
import warnings
from collections.abc import Callable
from typing import Any

Task = Callable[[Any], Any]
"""Does one item; what it raises is a programming error, not a bad picture."""


def main(start: dict[str, Any]) -> None:
    """Serve until the input ends.

    Args:
        start: ``task`` is the import string of a function that makes a Task of ``settings``.
    """
    module, _, name = start["task"].partition(":")
    task: Task = getattr(importlib.import_module(module), name)(start["settings"])
    warnings.simplefilter("ignore")  # what Pillow warns of in a picture is told as a reason or does not matter
    with os.fdopen(os.dup(1), "w", encoding="ascii") as answers:
        _silence()
        for line in sys.stdin:
            try:
                answer: Any = [task(item) for item in json.loads(line)]
            except Exception:
                answer = traceback.format_exc()
            answers.write(json.dumps(answer) + "\n")
            answers.flush()


def _silence() -> None:
    """Nothing that a C library prints about a broken picture may reach the terminal or the answers."""
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 (os.devnull is no Path)
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
