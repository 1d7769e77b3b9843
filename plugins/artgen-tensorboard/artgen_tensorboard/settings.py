"""The resolved job, for TensorBoard: as its text, and as flat settings that runs can be compared by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Setting = bool | float | str

_COMPARED = ("job", "data", "generator", "discriminator", "backbone", "losses", "augmentations", "train", "paint")
"""Tables of a lock that decide what a run becomes."""

_NAME = "job.name"
"""Stands beside the settings anyway."""


def settings_of(lock: Mapping[str, Any]) -> dict[str, Setting]:
    """Dotted keys as ``--set`` takes them, with their values; lists are written out."""
    told = {table: lock[table] for table in _COMPARED if table in lock}
    return {key: value for key, value in _flat(told, "") if key != _NAME}


def as_markdown(toml: str) -> str:
    """A TOML file as a block of code."""
    return "".join(f"    {line}\n" for line in toml.splitlines())


def _flat(value: Any, place: str) -> Iterator[tuple[str, Setting]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{place}.{key}" if place else key)
    elif isinstance(value, list) and value and all(isinstance(entry, Mapping) and "name" in entry for entry in value):
        for entry in value:
            yield from _flat({key: inner for key, inner in entry.items() if key != "name"}, f"{place}.{entry['name']}")
    else:
        yield place, value if isinstance(value, bool | int | float | str) else str(value)
