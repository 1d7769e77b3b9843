"""Headers that are misspelt: told, and read as what was meant, so that one mistake is not followed by others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from artgen.errors import Problem
from artgen.job.text.tree import ENTRY_KINDS, KEYS, TABLES, Origin
from artgen.job.words import unknown_key
from artgen.nearest import nearest


def as_meant(data: Mapping[str, Any], origin: Origin, problems: list[Problem]) -> tuple[dict[str, Any], dict[str, str]]:
    """What a file says under the headers that it probably means.

    Args:
        origin: the file.
        problems: takes what is misspelt.

    Returns:
        The same under these headers, and how those are spelt that are misspelt.
    """
    meant: dict[str, Any] = {}
    spelt: dict[str, str] = {}
    for key, value in data.items():
        near = "" if key in TABLES else nearest(key, KEYS)
        if near and near != key and near not in {*data, *meant} and _fits(near, value):
            problems.append(origin.at(key).problem(unknown_key(key, KEYS)))
            spelt[near] = key
            key = near
        meant[key] = value
    return meant, spelt


def _fits(key: str, value: Any) -> bool:
    """Whether a value could stand under a header."""
    if key == "extends":
        return isinstance(value, (str, list))
    return isinstance(value, (Mapping, list) if key in ENTRY_KINDS else Mapping)
