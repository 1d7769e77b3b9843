"""The runs of a sweep as a table: its axes as rows and columns, each cell a run."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import tomli

from artgen.job.kept.lock import locked_value
from artgen.outputs.overview.one_run import OneRun
from artgen.runs.open import JOB_NAME

_CELL = "cell"
"""What the only axis is called where the job does not tell its axes."""

Values = tuple[str, ...]


@dataclass(frozen=True)
class Axis:
    """A dotted key and the values that it has in the runs, in words."""

    key: str
    values: Values


@dataclass(frozen=True)
class Head:
    """The head of some rows or columns."""

    key: str
    value: str
    span: int


@dataclass(frozen=True)
class Row:
    """The heads that begin in a row, and its cells; several runs share one where their values read the same."""

    heads: Sequence[Head]
    cells: Sequence[Sequence[OneRun]]


@dataclass(frozen=True)
class Table:
    """A sweep.

    Attributes:
        name: of the job.
        down: keys of the rows.
        across: keys of the columns.
        heads: of the columns, a list for each key.
        best: the run with the lowest kid_vgg; None where none was measured.
    """

    name: str
    runs: Sequence[OneRun]
    down: Sequence[str]
    across: Sequence[str]
    heads: Sequence[Sequence[Head]]
    rows: Sequence[Row]
    best: OneRun | None


def tables(runs: Sequence[OneRun]) -> tuple[list[Table], list[OneRun]]:
    """The sweeps among runs, and the runs that belong to none."""
    return [_table(name, cells) for (_, name), cells in sweeps_of(runs).items()], [run for run in runs if not run.cell]


def sweeps_of(runs: Sequence[OneRun]) -> dict[tuple[Path, str], list[OneRun]]:
    """The runs of every sweep, by the folder that they are in and the name of the job."""
    sweeps: dict[tuple[Path, str], list[OneRun]] = {}
    for run in runs:
        if run.cell:
            sweeps.setdefault((run.folder.parent, run.job), []).append(run)
    return sweeps


def _table(name: str, runs: Sequence[OneRun]) -> Table:
    axes = axes_of(runs)
    placed: dict[Values, list[OneRun]] = {}
    for run in runs:
        placed.setdefault(tuple(value_of(run, axis.key) for axis in axes), []).append(run)
    half = len(axes) // 2
    down, across = axes[:half], axes[half:]
    rows = _kept(down, {values[:half] for values in placed})
    columns = _kept(across, {values[half:] for values in placed})
    measured = [run for run in runs if run.kid]
    return Table(
        name=name,
        runs=runs,
        down=[axis.key for axis in down],
        across=[axis.key for axis in across],
        heads=[list(_heads(across, columns, level)) for level in range(len(across))],
        rows=[
            Row(_beginning(down, rows, index), [placed.get((*row, *column), ()) for column in columns])
            for index, row in enumerate(rows)
        ],
        best=min(measured, key=lambda run: run.kid.value if run.kid else math.inf, default=None),
    )


def axes_of(runs: Sequence[OneRun]) -> list[Axis]:
    """What differs between the runs, of what the matrix of their job names; their labels where it names nothing.

    Values are in the order of the job, those that only inclusions name behind them.
    """
    latest = max(runs, key=lambda run: run.made)
    written = _matrix_of(latest.folder)
    known = latest.lock.get("lock", {}).get("axes", ())
    axes = []
    for key in dict.fromkeys([*written, *(key for key in known if isinstance(key, str))]):
        found = dict.fromkeys(value_of(run, key) for run in runs)
        if len(found) > 1:
            order = [value for value in dict.fromkeys(map(_in_words, written.get(key, ()))) if value in found]
            axes.append(Axis(key, tuple(dict.fromkeys([*order, *found]))))
    return axes or [Axis(_CELL, tuple(dict.fromkeys(value_of(run, _CELL) for run in runs)))]


def _matrix_of(folder: Path) -> dict[str, list[Any]]:
    """The axes that the job of a run writes down itself, and the values in their order."""
    try:
        job = tomli.loads((folder / JOB_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    matrix = job.get("matrix")
    return dict(_lists(matrix, "")) if isinstance(matrix, dict) else {}


def _lists(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, list[Any]]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _lists(value, f"{prefix}{key}.")
        elif isinstance(value, list):
            yield f"{prefix}{key}", value


def value_of(run: OneRun, key: str) -> str:
    """What a run says of a dotted key, in words."""
    return run.cell if key == _CELL else _in_words(locked_value(run.lock, key.split(".")))


def _in_words(value: Any) -> str:
    """A value in the head of a row or a column: files by their names, tables by what they are called."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return _in_words(value.get("name", value.get("type", "…")))
    if isinstance(value, list):
        return ", ".join(map(_in_words, value)) or "none"
    if isinstance(value, float):
        return f"{value:g}"
    return PurePath(value).stem if isinstance(value, str) and "/" in value else str(value)


def _kept(axes: Sequence[Axis], there: set[Values]) -> list[Values]:
    """The combinations that there are runs for, in the order of the axes."""
    return [values for values in itertools.product(*(axis.values for axis in axes)) if values in there]


def _heads(axes: Sequence[Axis], combinations: Sequence[Values], level: int) -> Iterator[Head]:
    """One axis's heads: equal values beside each other, under one head of the axis above, share one."""
    for prefix, group in itertools.groupby(combinations, key=lambda values: values[: level + 1]):
        yield Head(axes[level].key, prefix[level], len(list(group)))


def _beginning(axes: Sequence[Axis], rows: Sequence[Values], index: int) -> list[Head]:
    """The heads that begin in a row."""
    heads = []
    for level, axis in enumerate(axes):
        prefix = rows[index][: level + 1]
        if index == 0 or rows[index - 1][: level + 1] != prefix:
            heads.append(Head(axis.key, prefix[level], sum(row[: level + 1] == prefix for row in rows)))
    return heads
