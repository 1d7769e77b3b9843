"""The `[requires]` table: which versions of artgen and of plugins a job needs."""

from __future__ import annotations

import importlib.metadata

import artgen
from artgen.distributions import PLUGINS, how_to_install
from artgen.errors import Problem
from artgen.job.text.tree import Leaf, Table
from artgen.job.words import shown
from artgen.requirement import conditions, meets, pip_line


def checked_requires(table: Table, problems: list[Problem]) -> dict[str, str]:
    """The conditions by distribution name; a problem for each that is not met."""
    wanted: dict[str, str] = {}
    for name, node in table.entries.items():
        if isinstance(node, Leaf) and isinstance(node.value, str) and conditions(node.value) is not None:
            wanted[name] = node.value
            if problem := _unmet(name, node.value):
                problems.append(node.origin.problem(problem, "requires"))
        else:
            value = shown(node.value if isinstance(node, Leaf) else node.plain())
            text = f'{name} must be conditions on its version, such as ">=0.2,<1", not {value}'
            problems.append(node.origin.problem(text, "requires"))
    return wanted


def _unmet(name: str, text: str) -> str:
    package = "artgen-toolkit" if name == "artgen" else name
    mend = how_to_install(name) if name in PLUGINS else f"Try: {pip_line(package + text.replace(' ', ''))}"
    try:
        version = artgen.__version__ if name == "artgen" else importlib.metadata.version(name)
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return f"this job needs {name} {text}, which is not installed. {mend}"
    return "" if meets(version, text) else f"this job needs {name} {text}; installed is {version}. {mend}"
