"""Reading a job file together with everything that it extends: presets and other files."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli

from artgen.distributions import BUILTIN
from artgen.errors import Problem
from artgen.home import path_of
from artgen.job.text.merge import merge
from artgen.job.text.misspelt import as_meant
from artgen.job.text.syntax import told
from artgen.job.text.tree import Layer, Leaf, Origin, Table, tree_of
from artgen.nearest import nearest
from artgen.registry import Registry

PRESET = "preset:"
AUTO = f"{PRESET}auto"
"""The preset that no file holds: what it says follows from the pictures, the machine and the rest of the job."""


@dataclass(frozen=True)
class Stack:
    """What a job file and all that it extends say, the lowest first.

    Attributes:
        trees: one for each file or preset; where ``preset:auto`` stands, an empty one.
        whole: whether all that is extended could be read.
    """

    trees: tuple[Table, ...]
    whole: bool = True

    @property
    def has_auto(self) -> bool:
        """Whether the job extends ``preset:auto``."""
        return any(map(_is_auto, self.trees))

    def merged(self, problems: list[Problem], auto: Table | None = None) -> Table:
        """All of it laid over each other, with `auto` as what ``preset:auto`` says."""
        merged = Table(self.trees[-1].origin)
        for tree in self.trees:
            merged = merge(merged, auto if auto is not None and _is_auto(tree) else tree, problems)
        return merged

    @property
    def auto_origin(self) -> Origin:
        """Where a file says that it extends ``preset:auto``."""
        above = self.trees[self._auto + 1 :]
        places = [tree.origin.at("extends") for tree in above]
        return next((place for place in places if place.line), places[-1])

    def over_auto(self) -> Table:
        """What wins over ``preset:auto``, and what it therefore goes by."""
        return Stack(self.trees[self._auto + 1 :]).merged([])

    @property
    def _auto(self) -> int:
        return max(index for index, tree in enumerate(self.trees) if _is_auto(tree))


def _is_auto(tree: Table) -> bool:
    return tree.origin.layer.name == AUTO


def read_stack(path: Path, registry: Registry, problems: list[Problem]) -> Stack | None:
    """The file and what it extends; None, with a problem noted, when it cannot be read."""
    layer = _layer_of_file(path, None, problems)
    gaps: list[Origin] = []
    trees = tuple(_read(layer, registry, problems, gaps, (str(path),))) if layer else ()
    return Stack(trees, whole=not gaps) if trees else None


def _read(
    layer: Layer, registry: Registry, problems: list[Problem], gaps: list[Origin], chain: tuple[str, ...]
) -> Iterator[Table]:
    """The trees of what a file extends and its own; `gaps` takes the places of those that cannot be read."""
    data = _parse(layer, problems)
    if data is None:
        gaps.append(Origin(layer))
        return
    data, spelt = as_meant(data, Origin(layer), problems)
    tree = tree_of(data, Origin(layer), problems, spelt)
    extends = tree.entries.pop("extends", None)
    for wanted in _wanted(extends, problems):
        inner = _layer_of(wanted, registry, problems)
        if inner is None:
            gaps.append(wanted.origin)
            continue
        identity = inner.name or str(inner.file)
        if identity in chain:
            problems.append(wanted.origin.problem(f"extends goes in a circle: '{wanted.value}' extends this file"))
            continue
        yield from _read(inner, registry, problems, gaps, (*chain, identity))
    yield tree


def _wanted(extends: Leaf | Table | None, problems: list[Problem]) -> Iterator[Leaf]:
    if extends is None:
        return
    value = extends.value if isinstance(extends, Leaf) else None
    if isinstance(value, str):
        yield Leaf(value, extends.origin)
    elif isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        for index, entry in enumerate(value):
            yield Leaf(entry, extends.origin.at(index))
    else:
        text = 'extends must be "preset:NAME" or a file, or a list of these'
        problems.append(extends.origin.problem(text))


def _layer_of(wanted: Leaf, registry: Registry, problems: list[Problem]) -> Layer | None:
    if wanted.value.startswith(PRESET):
        return _layer_of_preset(wanted, registry, problems)
    path = wanted.origin.layer.base / path_of(wanted.value)
    preset = nearest(wanted.value, registry.names("preset"))
    return _layer_of_file(path.resolve(), wanted, problems, preset)


def _layer_of_file(path: Path, wanted: Leaf | None, problems: list[Problem], preset: str = "") -> Layer | None:
    """A file as a layer; `preset` is one that is called like it."""
    try:
        return Layer("file", path.parent, path, text=_decoded(path.read_bytes()))
    except FileNotFoundError:
        text = "there is no such file" + (f'. Did you mean "{PRESET}{preset}"?' if preset else "")
    except IsADirectoryError:
        text = "is a folder" + ("; name the job file in it" if (path / "job.toml").is_file() else "")
    except UnicodeDecodeError as error:
        text = f"is not UTF-8 text (byte {error.start})"
    except OSError as error:
        text = f"cannot be read: {error.strerror or error}"
    if wanted:
        problems.append(wanted.origin.problem(f"extends '{wanted.value}': {text}"))
    else:
        problems.append(Problem(text, file=path, origin=str(path)))
    return None


def _layer_of_preset(wanted: Leaf, registry: Registry, problems: list[Problem]) -> Layer | None:
    name = wanted.value.removeprefix(PRESET)
    try:
        component = registry.get("preset", name)
        if component.qualified == f"{BUILTIN}:auto":
            return Layer("preset", wanted.origin.layer.base, name=AUTO)
        package, _, file = component.target.partition(":")
        resource = importlib.resources.files(package).joinpath(file)
        text = _decoded(resource.read_bytes())
    except LookupError as error:
        problems.append(wanted.origin.problem(str(error)))
        return None
    except (ImportError, OSError, UnicodeDecodeError) as error:
        problems.append(wanted.origin.problem(f"preset '{name}' of {component.distribution} cannot be read: {error}"))
        return None
    path = Path(str(resource))
    return Layer("preset", path.parent, path, name=f"{PRESET}{component.name}", text=text)


def _decoded(data: bytes) -> str:
    return data.decode("utf-8-sig").replace("\r\n", "\n")


def _parse(layer: Layer, problems: list[Problem]) -> dict[str, Any] | None:
    try:
        return tomli.loads(layer.text)
    except RecursionError:
        problems.append(Problem("has lists or tables too deep in one another", file=layer.file, origin=layer.name))
        return None
    except tomli.TOMLDecodeError as error:
        lines = layer.text.split("\n")
        line = min(error.lineno, len(lines))
        problems.append(
            Problem(
                f"is not TOML: {told(error.msg, lines[line - 1], error.colno)}",
                file=layer.file,
                line=line,
                column=error.colno,
                source=lines[line - 1],
                origin=layer.name,
            )
        )
        return None
