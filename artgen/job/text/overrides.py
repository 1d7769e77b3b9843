"""``--set a.b=TOML`` and the cells of a matrix: single values laid over a job by dotted keys."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tomli

from artgen.errors import Problem
from artgen.job.text.merge import merge
from artgen.job.text.tree import ENTRY_KINDS, Layer, Leaf, Origin, Table, dotted, node_of, plain_node
from artgen.job.words import did_you_mean


class OfOption(str):
    """A ``--set`` word that another option of a command stands for.

    Attributes:
        typed: the option and its value as a person typed them, by which a complaint calls them.
    """

    typed: str

    def __new__(cls, text: str, typed: str) -> OfOption:
        """The word `text`, which nobody typed, for what was."""
        word = super().__new__(cls, text)
        word.typed = typed
        return word


def apply_sets(tree: Table, sets: Sequence[str], problems: list[Problem]) -> Table:
    """The tree with every ``--set`` laid over it, the later over the earlier."""
    for text in sets:
        typed = text.typed if isinstance(text, OfOption) else f"--set {text}"
        origin = Origin(Layer("set", Path.cwd(), name=typed))
        key, equals, value = text.partition("=")
        path = dotted_key(key)
        if not equals or path is None:
            problems.append(origin.problem("must be written as key=value, such as train.batch=16"))
            continue
        tree = apply_value(tree, path, _parsed(value), origin, problems)
    return tree


def keys_of(sets: Sequence[str]) -> set[str]:
    """The dotted keys that ``--set`` states, those inside of tables among them."""
    keys: set[str] = set()
    for text in sets:
        key, _, value = text.partition("=")
        path = dotted_key(key)
        if path:
            keys.add(".".join(path))
            node = plain_node(_parsed(value), Origin(Layer("set", Path())))
            keys |= {".".join(inner) for inner, _ in node.leaves(path)} if isinstance(node, Table) else set()
    return keys


def dotted_key(text: str) -> tuple[str, ...] | None:
    """The parts of a dotted key, TOML's quotes understood; None when it is none."""
    try:
        data: Any = tomli.loads(f"{text} = 0")
    except tomli.TOMLDecodeError:
        return None
    path: tuple[str, ...] = ()
    while isinstance(data, dict):
        if len(data) != 1:
            return None
        name, data = next(iter(data.items()))
        path += (name,)
    return path


def _parsed(text: str) -> Any:
    try:
        data = tomli.loads(f"value = {text}")
    except tomli.TOMLDecodeError:
        return text
    # More keys than one: the text held a line break, so it is no value.
    return data["value"] if len(data) == 1 else text


def as_toml(value: Any) -> str:
    """A value as ``--set`` takes it: TOML, which is JSON but for its tables."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str(key))} = {as_toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def apply_value(tree: Table, path: tuple[str, ...], value: Any, origin: Origin, problems: list[Problem]) -> Table:
    """The tree with one value laid over it; list entries are named, or counted from 0."""
    if len(path) > 1 and path[0] in ENTRY_KINDS:
        entry = _entry_of(tree, path, value, origin, problems)
        if entry is None:
            return tree
        path = (path[0], entry, *path[2:])
    upper = _nested(path, value, origin, problems)
    return merge(tree, upper, problems) if upper else tree


def _entry_of(tree: Table, path: tuple[str, ...], value: Any, origin: Origin, problems: list[Problem]) -> str | None:
    key, name = path[:2]
    table = tree.table(key)
    names = list(table.entries) if table else []
    if name in names:
        return name
    if name.isdigit() and int(name) < len(names):
        return names[int(name)]
    begins_new = path[2:] == ("type",) or (len(path) == 2 and isinstance(value, dict) and "type" in value)
    if begins_new and not name.isdigit():
        return name
    guess = did_you_mean(name, names) or f". There are: {', '.join(names) or 'none'}"
    problems.append(origin.problem(f"there is no {ENTRY_KINDS[key]} '{name}'{guess}", key))
    return None


def _nested(path: tuple[str, ...], value: Any, origin: Origin, problems: list[Problem]) -> Table | None:
    node: Leaf | Table | None
    if len(path) == 1 and path[0] in ENTRY_KINDS:
        node = node_of(path[0], value, origin, problems)
        if node is None:
            return None
        node.replaces = True
    else:
        node = plain_node(value, origin)
    for key in reversed(path):
        node = Table(origin, {key: node})
    if isinstance(node, Table) and path[0] == "matrix" and isinstance(matrix := node.entries["matrix"], Table):
        node.entries["matrix"] = dotted(matrix)
    return node if isinstance(node, Table) else None
