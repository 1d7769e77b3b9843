"""The `[requires]` table: which versions of artgen and of plugins a job needs."""

from __future__ import annotations

import importlib.metadata
import operator
import re
from collections.abc import Callable
from typing import Any

import artgen
from artgen.errors import Problem
from artgen.job.tree import Leaf, Table
from artgen.job.words import shown

_CONDITION = re.compile(r"\s*(==|!=|>=|<=|>|<)\s*(\d+(?:\.\d+)*)\s*")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


def checked_requires(table: Table, problems: list[Problem]) -> dict[str, str]:
    """The conditions by distribution name; a problem for each that is not met."""
    conditions: dict[str, str] = {}
    for name, node in table.entries.items():
        if isinstance(node, Leaf) and isinstance(node.value, str) and _conditions(node.value) is not None:
            conditions[name] = node.value
            if problem := _unmet(name, node.value):
                problems.append(node.origin.problem(problem, "requires"))
        else:
            value = shown(node.value if isinstance(node, Leaf) else node.plain())
            text = f'{name} must be conditions on its version, such as ">=0.2,<1", not {value}'
            problems.append(node.origin.problem(text, "requires"))
    return conditions


def _unmet(name: str, text: str) -> str:
    try:
        version = artgen.__version__ if name == "artgen" else importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return f"this job needs {name} {text}, which is not installed. Try: pip install '{name}{text}'"
    if all(_COMPARE[sign](*_aligned(version, wanted)) for sign, wanted in _conditions(text) or ()):
        return ""
    package = "artgen-toolkit" if name == "artgen" else name
    return f"this job needs {name} {text}; installed is {version}. Try: pip install '{package}{text}'"


def _conditions(text: str) -> list[tuple[str, str]] | None:
    parsed = [_CONDITION.fullmatch(part) for part in text.split(",")]
    return [(m.group(1), m.group(2)) for m in parsed if m] if all(parsed) else None


def _aligned(installed: str, wanted: str) -> tuple[list[int], list[int]]:
    release = re.match(r"\d+(\.\d+)*", installed)
    numbers = [[int(n) for n in text.split(".")] for text in (release.group() if release else "0", wanted)]
    length = max(map(len, numbers))
    padded = [parts + [0] * (length - len(parts)) for parts in numbers]
    return padded[0], padded[1]
