"""What the cells of a matrix are called: their values as a file name, and a hash where two would be called the same."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from artgen.errors import Problem
from artgen.job.file_names import as_file_name
from artgen.job.sweep.matrix import Cell, Matrix
from artgen.job.text.tree import Table, path_by_name

LONGEST_LABEL = 60
"""Bytes; with the job's name before it a folder's name has room for 255."""
_FIELD = re.compile(r"\{([^{}]*)\}")


def cell_label(matrix: Matrix, cell: Cell, tree: Table, problems: list[Problem]) -> str:
    """What a cell is called: its values, or the template of the job with keys of the job filled in."""
    by_values = as_file_name("-".join(_short(one.value) for one in cell if one.named)) if cell else ""
    if not matrix.label or matrix.label_origin is None:
        return by_values
    keys = [found.strip() for found in _FIELD.findall(matrix.label)]
    unknown = [key for key in keys if tree.value(*path_by_name(key, tree)) is None]
    for key in unknown:
        text = f"label names '{key}', which is no value of this job"
        problems.append(matrix.label_origin.problem(text, "matrix"))
    if unknown:
        return by_values
    values = {key: _short(tree.value(*path_by_name(key, tree))) for key in keys}
    return as_file_name(_FIELD.sub(lambda found: values[found[1].strip()], matrix.label))


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


def distinct(labels: list[str], identities: Sequence[Callable[[], str]]) -> list[str]:
    """The labels, with a piece of the identity where two cells would be called the same or the name gets long."""
    met = Counter(label.casefold() for label in labels)
    named = []
    for label, identity in zip(labels, identities, strict=True):
        clash = met[label.casefold()] > 1
        if clash or len(label.encode()) > LONGEST_LABEL:
            cut = label.encode()[: LONGEST_LABEL - 7].decode(errors="ignore")
            label = f"{cut.rstrip('-_. ')}-{identity()[:6]}"
        named.append(label)
    return named
