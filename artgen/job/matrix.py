"""A sweep: `[matrix]` with dotted keys and lists of values is one job per combination."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from artgen.errors import Problem
from artgen.job.file_names import as_file_name
from artgen.job.overrides import apply_value
from artgen.job.tree import Leaf, Origin, Table
from artgen.job.words import shown

MOST_CELLS = 1000
LONGEST_LABEL = 60
_FIELD = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Axis:
    """One dotted key and the values that it takes."""

    path: tuple[str, ...]
    values: list[Any]
    origin: Origin

    @property
    def key(self) -> str:
        """As written."""
        return ".".join(self.path)


@dataclass(frozen=True)
class Matrix:
    """All axes, and how the cells are called."""

    axes: tuple[Axis, ...]
    label: str = ""
    label_origin: Origin | None = None

    def cells(self) -> Iterator[tuple[tuple[Axis, int], ...]]:
        """Every combination, the last axis fastest: (axis, index of its value) for each axis."""
        yield from itertools.product(*([(axis, i) for i in range(len(axis.values))] for axis in self.axes))


def read_matrix(tree: Table, set_keys: set[str], problems: list[Problem]) -> Matrix:
    """The sweep of a job; without `[matrix]` it has no axes and one cell.

    Args:
        tree: the job.
        set_keys: dotted keys that ``--set`` states; they win, so that their axis falls away.
        problems: takes what is wrong.
    """
    table = tree.table("matrix")
    axes: list[Axis] = []
    label, label_origin = "", None
    for path, leaf in table.leaves() if table else ():
        key = ".".join(path)
        if key == "label":
            label, label_origin = _label(leaf, problems)
        elif not isinstance(leaf.value, list) or not leaf.value:
            text = f"{key} must be a list of values to try, not {shown(leaf.value)}"
            problems.append(leaf.origin.problem(text, "matrix"))
        elif key not in set_keys:
            axes.append(Axis(tuple(key.split(".")), leaf.value, leaf.origin))
    count = math.prod(len(axis.values) for axis in axes)
    if table and count > MOST_CELLS:
        problems.append(table.origin.problem(f"makes {count} runs; at most {MOST_CELLS} are possible", "matrix"))
        axes = []
    return Matrix(tuple(axes), label, label_origin)


def _label(leaf: Leaf, problems: list[Problem]) -> tuple[str, Origin | None]:
    if isinstance(leaf.value, str) and leaf.value:
        return leaf.value, leaf.origin
    text = f'label must be text, such as "b{{train.batch}}", not {shown(leaf.value)}'
    problems.append(leaf.origin.problem(text, "matrix"))
    return "", None


def cell_tree(tree: Table, cell: tuple[tuple[Axis, int], ...], problems: list[Problem]) -> Table:
    """The job of one cell."""
    for axis, index in cell:
        origin = axis.origin.at(index)
        origin = Origin(replace(origin.layer, kind="matrix"), origin.path)
        tree = apply_value(tree, axis.path, axis.values[index], origin, problems)
    return tree


def cell_label(matrix: Matrix, cell: tuple[tuple[Axis, int], ...], tree: Table, problems: list[Problem]) -> str:
    """What a cell is called: its values, or the template of the job with keys of the job filled in."""
    if not matrix.label or matrix.label_origin is None:
        return as_file_name("-".join(_short(axis.values[index]) for axis, index in cell)) if cell else ""

    def fill(found: re.Match[str]) -> str:
        key = found.group(1).strip()
        value = tree.value(*key.split("."))
        if value is None and matrix.label_origin:
            text = f"label names '{key}', which is no value of this job"
            problems.append(matrix.label_origin.problem(text, "matrix"))
        return _short(value)

    return as_file_name(_FIELD.sub(fill, matrix.label))


def _short(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return _short(value.get("name", value.get("type", identity_of(value)[:6])))
    if isinstance(value, list):
        return "+".join(map(_short, value)) or "none"
    if isinstance(value, str):
        return PurePath(value).stem if "/" in value or "\\" in value else re.sub(r"\.[A-Za-z]\w{1,4}$", "", value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def identity_of(values: Any) -> str:
    """A hash of plain values, the same on every machine."""
    text = json.dumps(values, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def distinct(labels: list[str], identities: list[str]) -> list[str]:
    """The labels, with a piece of the identity where two cells would be called the same or the name gets long."""
    folded = [label.casefold() for label in labels]
    named = []
    for label, identity in zip(labels, identities, strict=True):
        clash = folded.count(label.casefold()) > 1
        if clash or len(label) > LONGEST_LABEL:
            label = f"{label[: LONGEST_LABEL - 7].rstrip('-_. ')}-{identity[:6]}"
        named.append(label)
    return named
