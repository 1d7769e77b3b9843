"""Reading a job file together with everything that it extends: presets and other files."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tomli

from artgen.errors import Problem
from artgen.job.merge import merge
from artgen.job.tree import Layer, Leaf, Origin, Table, tree_of
from artgen.registry import Registry

PRESET = "preset:"


def read_tree(path: Path, registry: Registry, problems: list[Problem]) -> Table | None:
    """The file laid over what it extends; None, with a problem noted, when it cannot be read."""
    layer = _layer_of_file(path, None, problems)
    return _read(layer, registry, problems, (str(path),)) if layer else None


def _read(layer: Layer, registry: Registry, problems: list[Problem], chain: tuple[str, ...]) -> Table | None:
    data = _parse(layer, problems)
    if data is None:
        return None
    tree = tree_of(data, Origin(layer), problems)
    extends = tree.entries.pop("extends", None)
    below = Table(tree.origin)
    for wanted in _wanted(extends, problems):
        inner = _layer_of(wanted, registry, problems)
        if inner is None:
            continue
        identity = inner.name or str(inner.file)
        if identity in chain:
            problems.append(wanted.origin.problem(f"extends goes in a circle: '{wanted.value}' extends this file"))
            continue
        inner_tree = _read(inner, registry, problems, (*chain, identity))
        if inner_tree is not None:
            below = merge(below, inner_tree, problems)
    return merge(below, tree, problems)


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
    path = wanted.origin.layer.base / Path(wanted.value).expanduser()
    return _layer_of_file(path.resolve(), wanted, problems)


def _layer_of_file(path: Path, wanted: Leaf | None, problems: list[Problem]) -> Layer | None:
    try:
        return Layer("file", path.parent, path, text=_decoded(path.read_bytes()))
    except FileNotFoundError:
        text = "there is no such file"
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
    except tomli.TOMLDecodeError as error:
        lines = layer.text.split("\n")
        line = min(error.lineno, len(lines))
        problems.append(
            Problem(
                f"is not TOML: {_in_words(error.msg)}",
                file=layer.file,
                line=line,
                column=error.colno,
                source=lines[line - 1],
                origin=layer.name,
            )
        )
        return None


def _in_words(message: str) -> str:
    return message[:1].lower() + message[1:]
