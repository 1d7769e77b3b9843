"""A sweep: `[matrix]` with dotted keys and lists of values is one job per combination, less and more by two lists.

`exclude` drops combinations, `include` adds keys to those that are left, or cells of its own. The rules are those that
people know from continuous integration: exclusions come first, and an inclusion never changes a value of an axis.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from artgen.errors import Problem
from artgen.job.text.overrides import apply_value
from artgen.job.text.tree import ENTRY_KINDS, PART_TABLES, Leaf, Origin, Table, path_by_name
from artgen.job.words import did_you_mean, shown, unknown_key

MOST_CELLS = 1000
MOST_COMBINATIONS = 100 * MOST_CELLS
"""So many may be written down before `exclude` drops most of them."""
_OWN_KEYS = ("label", "rungs", "include", "exclude")
_LISTS = ("include", "exclude")
_WHOLE_TABLES = (*ENTRY_KINDS, *PART_TABLES, "job", "data", "train", "paint", "quality")
"""Tables that an axis may try as a whole."""


@dataclass(frozen=True)
class Axis:
    """One dotted key and the values that it takes.

    Attributes:
        fixed: `--set` states the key: the one value is only looked at, and none is laid over the job.
    """

    key: str
    values: Sequence[Any]
    origin: Origin
    fixed: bool = False


@dataclass(frozen=True)
class Setting:
    """What a cell says of one key.

    Attributes:
        named: it is part of what the cell is called.
    """

    key: str
    value: Any
    origin: Origin
    named: bool = True


Cell = tuple[Setting, ...]


@dataclass(frozen=True)
class Matrix:
    """All cells of a job, and how they are called.

    Attributes:
        cells: in the order in which they are run; one that says nothing where there is no matrix.
        rungs: thousands of pictures at which the best third goes on.
    """

    cells: tuple[Cell, ...] = ((),)
    label: str = ""
    label_origin: Origin | None = None
    rungs: tuple[float, ...] = ()
    rungs_origin: Origin | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key that some cell says something of, those of the axes first."""
        return tuple(dict.fromkeys(setting.key for cell in self.cells for setting in cell))


def read_matrix(tree: Table, set_keys: set[str], problems: list[Problem]) -> Matrix:
    """The sweep of a job; without `[matrix]` it has one cell.

    Args:
        tree: the job.
        set_keys: dotted keys that ``--set`` states; they win, so that their axis falls away.
        problems: takes what is wrong.
    """
    table = tree.table("matrix")
    if table is None:
        return Matrix()
    found = len(problems)
    set_paths = {path_by_name(key, tree) for key in set_keys}

    def is_set(key: str) -> bool:
        return path_by_name(key, tree) in set_paths

    axes, own = _read(table, tree, is_set, problems)
    label, label_origin = _label(own.get("label"), problems)
    rungs = _rungs(own.get("rungs"), problems)
    excluded = _entries("exclude", own.get("exclude"), axes, problems)
    included = _entries("include", own.get("include"), axes, problems)
    cells: list[Cell] = []
    count = math.prod(len(axis.values) for axis in axes)
    if len(problems) == found and count <= (MOST_COMBINATIONS if excluded else MOST_CELLS):
        cells = _grid(axes, excluded, problems) if axes or not included else []
        cells = _with(cells, axes, included, is_set, problems)
        count = len(cells)
        if excluded and not cells and len(problems) == found:
            problems.append(own["exclude"].origin.problem("exclude drops every cell", "matrix"))
    if count > MOST_CELLS:
        text = f"makes {count} runs; at most {MOST_CELLS} are possible"
        problems.append(table.origin.problem(text, "matrix"))
        cells = []
    return Matrix(tuple(cells) or ((),), label, label_origin, rungs, own["rungs"].origin if "rungs" in own else None)


def _read(
    table: Table, tree: Table, is_set: Callable[[str], bool], problems: list[Problem]
) -> tuple[list[Axis], dict[str, Leaf]]:
    """The axes, and what else the table says."""
    axes: list[Axis] = []
    own: dict[str, Leaf] = {}
    for path, leaf in table.leaves():
        key = ".".join(path)
        first, _, rest = key.partition(".")
        if first in _LISTS and rest:
            text = f"{first} is a list: write its header in double brackets, [[matrix.{first}]]"
            problems.append(leaf.origin.problem(text, "matrix"))
        elif key in _OWN_KEYS:
            own[key] = leaf
        elif "." not in key and key not in _WHOLE_TABLES:
            problems.append(leaf.origin.problem(unknown_key(key, _OWN_KEYS), "matrix"))
        elif not isinstance(leaf.value, list) or not leaf.value:
            text = f"{key} must be a list of values to try, not {shown(leaf.value)}"
            problems.append(leaf.origin.problem(text, "matrix"))
        elif (place := _again(leaf.value)) is not None:
            text = f"{key} has {shown(leaf.value[place])} twice"
            problems.append(leaf.origin.at(place).problem(text, "matrix"))
        elif is_set(key):
            axes.append(Axis(key, [tree.value(*path_by_name(key, tree))], leaf.origin, fixed=True))
        else:
            axes.append(Axis(key, leaf.value, leaf.origin))
    return axes, own


def _again(values: Sequence[Any]) -> int | None:
    """Where the first value is that stands there before; None where there is none."""
    return next((i for i, value in enumerate(values) if any(_same(value, one) for one in values[:i])), None)


def cell_tree(tree: Table, cell: Cell, problems: list[Problem]) -> Table:
    """The job of one cell."""
    for setting in cell:
        origin = Origin(replace(setting.origin.layer, kind="matrix"), setting.origin.path)
        tree = apply_value(tree, tuple(setting.key.split(".")), setting.value, origin, problems)
    return tree


def with_rungs(tree: Table, matrix: Matrix, problems: list[Problem]) -> Table:
    """A job whose training has a checkpoint, measured in full, at every rung."""
    if not matrix.rungs or matrix.rungs_origin is None:
        return tree
    return apply_value(tree, ("train", "rungs"), list(matrix.rungs), matrix.rungs_origin, problems)


def _label(leaf: Leaf | None, problems: list[Problem]) -> tuple[str, Origin | None]:
    if leaf is None:
        return "", None
    if isinstance(leaf.value, str) and leaf.value:
        return leaf.value, leaf.origin
    text = f'label must be text, such as "b{{train.batch}}", not {shown(leaf.value)}'
    problems.append(leaf.origin.problem(text, "matrix"))
    return "", None


def _rungs(leaf: Leaf | None, problems: list[Problem]) -> tuple[float, ...]:
    if leaf is None:
        return ()
    numbers = leaf.value if isinstance(leaf.value, list) else [None]
    right = all(isinstance(n, (int, float)) and not isinstance(n, bool) and 0 < n < math.inf for n in numbers)
    if right and all(first < then for first, then in itertools.pairwise(numbers)):
        return tuple(map(float, numbers))
    text = f"rungs must be ascending thousands of pictures, such as [20, 60, 200], not {shown(leaf.value)}"
    problems.append(leaf.origin.problem(text, "matrix"))
    return ()


@dataclass(frozen=True)
class _Entry:
    """One table of `include` or `exclude`: dotted keys, those of axes first and in their order."""

    values: Mapping[str, Any]
    origin: Origin
    table: Mapping[str, Any]

    def place_of(self, key: str) -> Origin:
        """Where one of its keys stands, which is written in quotes or as nested tables."""
        return self.origin.at(key) if key in self.table else self.origin.at(*key.split("."))


def _entries(name: str, leaf: Leaf | None, axes: Sequence[Axis], problems: list[Problem]) -> list[_Entry]:
    if leaf is None:
        return []
    if not isinstance(leaf.value, list) or not all(isinstance(entry, Mapping) for entry in leaf.value):
        text = f"{name} must be a list of tables, each under a header [[matrix.{name}]]"
        problems.append(leaf.origin.problem(text, "matrix"))
        return []
    keys = [axis.key for axis in axes]
    entries = []
    for index, table in enumerate(leaf.value):
        origin = leaf.origin.at(index)
        found = dict(_flat(table, keys))
        entry = _Entry({key: found[key] for key in (*keys, *found) if key in found}, origin, table)
        if not found:
            problems.append(origin.problem("says nothing", f"matrix.{name}"))
        for key in found if name == "exclude" else ():
            if key not in keys:
                there = f". There are: {', '.join(keys) or 'none'}"
                text = f"'{key}' is no axis of this matrix{did_you_mean(key, keys) or there}"
                problems.append(entry.place_of(key).problem(text, f"matrix.{name}"))
        entries.append(entry)
    return entries


def _flat(table: Mapping[str, Any], whole: Sequence[str], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted keys and values, whether written in quotes or as nested tables; `whole` keys have tables as values."""
    for key, value in table.items():
        dotted = f"{prefix}{key}"
        if isinstance(value, Mapping) and dotted not in whole:
            yield from _flat(value, whole, f"{dotted}.")
        else:
            yield dotted, value


def _grid(axes: Sequence[Axis], excluded: Sequence[_Entry], problems: list[Problem]) -> list[Cell]:
    """Every combination that no exclusion matches, the last axis fastest; an exclusion that matches none is told."""
    matched = [False] * len(excluded)
    cells: list[Cell] = []
    for indexes in itertools.product(*(range(len(axis.values)) for axis in axes)):
        values = {axis.key: axis.values[index] for axis, index in zip(axes, indexes, strict=True)}
        drops = [all(_same(values[key], value) for key, value in entry.values.items()) for entry in excluded]
        matched = [before or now for before, now in zip(matched, drops, strict=True)]
        if not any(drops):
            placed = zip(axes, indexes, strict=True)
            cells.append(tuple(Setting(a.key, a.values[i], a.origin.at(i)) for a, i in placed if not a.fixed))
    fixed = {axis.key for axis in axes if axis.fixed}
    for entry, found in zip(excluded, matched, strict=True):
        if not found and not fixed & entry.values.keys():  # under --set another value of the axis is no mistake
            problems.append(entry.origin.problem(_matches_nothing(entry, axes), "matrix.exclude"))
    return cells


def _matches_nothing(entry: _Entry, axes: Sequence[Axis]) -> str:
    for axis in axes:
        if axis.key in entry.values and not any(_same(entry.values[axis.key], value) for value in axis.values):
            return f"matches no cell: {axis.key} is never {shown(entry.values[axis.key])}, but {shown(axis.values)}"
    return "matches no cell"


def _with(
    grid: list[Cell],
    axes: Sequence[Axis],
    included: Sequence[_Entry],
    is_set: Callable[[str], bool],
    problems: list[Problem],
) -> list[Cell]:
    """The grid with what inclusions say of its cells, and behind it the cells that are theirs alone.

    An inclusion for another value of an axis than the one that `--set` states counts for nothing.
    """
    keys = {axis.key for axis in axes}
    stated = {axis.key: axis.values[0] for axis in axes if axis.fixed}
    added: list[Cell] = []
    grid = list(grid)
    for entry in included:
        if any(key in stated and not _same(stated[key], value) for key, value in entry.values.items()):
            continue
        said = tuple(Setting(key, value, entry.place_of(key)) for key, value in entry.values.items() if not is_set(key))
        on_axes = {setting.key: setting.value for setting in said if setting.key in keys}
        further = tuple(replace(setting, named=False) for setting in said if setting.key not in keys)
        places = [place for place, cell in enumerate(grid) if _agrees(cell, on_axes)]
        if places and further:
            for place in places:
                grid[place] = _laid_over(grid[place], further)
        elif (places or said in added) and len(said) == len(entry.values):
            text = "is there already: name a value that no axis has, or a key that is no axis"
            problems.append(entry.origin.problem(text, "matrix.include"))
        elif said and not places and said not in added:
            added.append(said)
    return [*grid, *added]


def _agrees(cell: Cell, values: Mapping[str, Any]) -> bool:
    own = {setting.key: setting.value for setting in cell}
    return all(key in own and _same(own[key], value) for key, value in values.items())


def _laid_over(cell: Cell, further: Cell) -> Cell:
    """The later inclusion wins over the earlier; neither says anything of an axis."""
    keys = {setting.key for setting in further}
    return (*(setting for setting in cell if setting.key not in keys), *further)


def _same(one: Any, other: Any) -> bool:
    """Equal as TOML sees it: true is not 1."""
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)
