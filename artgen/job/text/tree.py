"""What a job says before it is checked: nested tables whose every value remembers who stated it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from artgen.errors import Problem
from artgen.job.fields import KeyPath
from artgen.job.text.locate import lines_of_keys

SourceKind = Literal["default", "preset", "file", "matrix", "set"]

ENTRY_KINDS: dict[str, Literal["loss", "augmentation", "output", "tracker"]] = {
    "losses": "loss",
    "augmentations": "augmentation",
    "outputs": "output",
    "trackers": "tracker",
}
"""The lists of tables whose entries have names, and the kind of component that each holds."""

TABLES = (
    "job",
    "requires",
    "data",
    "generator",
    "discriminator",
    "backbone",
    *ENTRY_KINDS,
    "train",
    "paint",
    "quality",
    "launcher",
    "matrix",
    "lock",
)
"""Every table that a job file may have."""

KEYS = (*TABLES[:-1], "extends")
"""What a person may write outside of all tables, or as the header of one."""

PART_TABLES: dict[str, Literal["generator", "discriminator", "backbone", "launcher"]] = {
    "generator": "generator",
    "discriminator": "discriminator",
    "backbone": "backbone",
    "launcher": "launcher",
}
"""The tables that choose one component by `type`."""


@dataclass(frozen=True)
class Source:
    """Where a resolved value comes from.

    Attributes:
        why: the reason, for a value that ``preset:auto`` chose.
    """

    kind: SourceKind
    place: str = ""
    why: str = ""

    def __str__(self) -> str:
        return self.place or self.kind


@dataclass(frozen=True)
class Layer:
    """One place that states values.

    Attributes:
        kind: which sort of place.
        base: the folder that its relative paths start from.
        file: the file itself; for defaults the job's, so that a complaint has a place.
        name: what to call it when that is not the file's name.
        text: what the file says, for lines; its newlines are plain ones.
        why: the reason for what is stated, where there is no text to look it up in.
    """

    kind: SourceKind
    base: Path
    file: Path | None = None
    name: str = ""
    text: str = ""
    why: str = ""

    @cached_property
    def lines(self) -> dict[KeyPath, int]:
        """Line of every key, worked out when something is wrong."""
        return lines_of_keys(self.text)

    def line_of(self, path: KeyPath) -> int:
        """Line of a key, or of the nearest table around it; 0 in a place without lines."""
        if not self.text:
            return 0
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 0) if path else 0


@dataclass(frozen=True)
class Origin:
    """A place in a layer; `path` is the place in the layer's own text, with list indexes."""

    layer: Layer
    path: KeyPath = ()

    def at(self, *keys: str | int) -> Origin:
        """A place further inside."""
        return Origin(self.layer, (*self.path, *keys))

    @property
    def line(self) -> int:
        """1-based line; 0 when there is none."""
        return self.layer.line_of(self.path)

    @property
    def source(self) -> Source:
        """The same for people."""
        layer = self.layer
        if layer.kind == "default":
            return Source("default")
        place = layer.name or (layer.file.name if layer.file else layer.kind)
        line = f":{self.line}" if self.line else ""
        prefix = "matrix, " if layer.kind == "matrix" else ""
        return Source(layer.kind, f"{prefix}{place}{line}", layer.why)

    def problem(self, text: str, table: str = "") -> Problem:
        """Something wrong at this place."""
        line = self.line
        source = self.layer.text.split("\n")[line - 1] if line else ""
        return Problem(text, file=self.layer.file, line=line, table=table, source=source, origin=self.layer.name)


@dataclass(frozen=True)
class Leaf:
    """A value that is no table."""

    value: Any
    origin: Origin


@dataclass
class Table:
    """A table, or a list of named tables by their names.

    Attributes:
        replaces: it stands for the whole of what others say of it instead of adding to it.
    """

    origin: Origin
    entries: dict[str, Leaf | Table] = field(default_factory=dict)
    replaces: bool = False

    def get(self, *path: str) -> Leaf | Table | None:
        """What is there, or None."""
        node: Leaf | Table | None = self
        for key in path:
            node = node.entries.get(key) if isinstance(node, Table) else None
        return node

    def value(self, *path: str) -> Any:
        """The plain value there, or None."""
        node = self.get(*path)
        return node.value if isinstance(node, Leaf) else node.plain() if node else None

    def table(self, *path: str) -> Table | None:
        """The table there, or None."""
        node = self.get(*path)
        return node if isinstance(node, Table) else None

    def origin_of(self, path: KeyPath) -> Origin:
        """Who stated the value at `path`, which may lead into a leaf; the nearest table when nobody did."""
        node: Leaf | Table = self
        for depth, key in enumerate(path):
            if isinstance(node, Leaf):
                return node.origin.at(*path[depth:])
            inner = node.entries.get(str(key))
            if inner is None:
                break
            node = inner
        return node.origin

    def plain(self) -> dict[str, Any]:
        """The values alone."""
        return {k: n.value if isinstance(n, Leaf) else n.plain() for k, n in self.entries.items()}

    def leaves(self, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Leaf]]:
        """Every value with its path."""
        for key, node in self.entries.items():
            if isinstance(node, Leaf):
                yield (*path, key), node
            else:
                yield from node.leaves((*path, key))


def tree_of(
    data: Mapping[str, Any], origin: Origin, problems: list[Problem], spelt: Mapping[str, str] = MappingProxyType({})
) -> Table:
    """The tree of a whole job file; lists of named tables become tables by name.

    Args:
        spelt: how keys are written in the text, where that is not how they are spelt.
    """
    tree = Table(origin)
    for key, value in data.items():
        place = origin.at(spelt.get(key, key))
        node = node_of(key, value, place, problems) if key in ENTRY_KINDS else plain_node(value, place)
        if node is not None:
            tree.entries[key] = dotted(node) if key == "matrix" and isinstance(node, Table) else node
    return tree


def dotted(matrix: Table) -> Table:
    """`[matrix]` with every key as one dotted text, however it is written, so that one layer finds those of another."""
    return Table(matrix.origin, {".".join(path): leaf for path, leaf in matrix.leaves()}, matrix.replaces)


def path_by_name(key: str, tree: Table) -> tuple[str, ...]:
    """The path of a dotted key in a job, an entry of a list by its name where the key counts it from 0."""
    path = key.split(".")
    if path[0] in ENTRY_KINDS and len(path) > 1 and path[1].isdigit():
        names = list(table.entries) if (table := tree.table(path[0])) else []
        path[1] = names[int(path[1])] if int(path[1]) < len(names) else path[1]
    return tuple(path)


def plain_node(value: Any, origin: Origin) -> Leaf | Table:
    """A value as it stands."""
    if isinstance(value, Mapping):
        return Table(origin, {key: plain_node(inner, origin.at(key)) for key, inner in value.items()})
    return Leaf(value, origin)


def node_of(key: str, value: Any, origin: Origin, problems: list[Problem]) -> Table | None:
    """A list of named tables, such as `losses`."""
    kind = ENTRY_KINDS[key]
    if isinstance(value, Mapping):
        problems.append(origin.problem(f"is a list: write its header in double brackets, [[{key}]]", key))
        return None
    if not isinstance(value, list) or not all(isinstance(entry, Mapping) for entry in value):
        problems.append(origin.problem(f"must be a list of tables, each under a header [[{key}]]", key))
        return None
    table = Table(origin, replaces=not value)
    for index, entry in enumerate(value):
        place = origin.at(index)
        name = _entry_name(entry)
        if name is None:
            problems.append(place.problem(f'this {kind} needs a type, in quotes, such as type = "..."', key))
        elif name in table.entries:
            problems.append(
                place.problem(f"two {key} are named '{name}': give one of them another name = \"...\"", f"{key}.{name}")
            )
        else:
            table.entries[name] = plain_node(entry, place)
    return table


def _entry_name(entry: Mapping[str, Any]) -> str | None:
    name = entry.get("name", entry.get("type"))
    if not isinstance(name, str) or not name:
        return None
    return name if "name" in entry else name.rpartition(":")[2]
