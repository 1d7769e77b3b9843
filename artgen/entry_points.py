"""Entry points of installed distributions, of which one with damaged metadata hides no other."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint
from pathlib import Path


@dataclass(frozen=True)
class Damaged:
    """A distribution whose metadata cannot be read.

    Attributes:
        name: as far as it can be told.
        error: why.
        place: of its metadata.
    """

    name: str
    error: str
    place: str


def entry_points_of(group: str) -> tuple[list[EntryPoint], list[Damaged]]:
    """The entry points of a group, by distribution and name, and what could not be read."""
    damaged: list[Damaged] = []
    try:
        found = list(importlib.metadata.entry_points(group=group))
    except Exception:  # one of all distributions makes no sense
        found, damaged = _one_by_one(group)
    return sorted(found, key=lambda entry: (owner_of(entry)[0], entry.name)), damaged


def owner_of(entry: EntryPoint) -> tuple[str, str]:
    """The distribution of an entry point, normalised, and its version; its own name where the metadata does not say."""
    try:
        name, version = (entry.dist.name, entry.dist.version) if entry.dist else (None, None)
    except Exception:
        name, version = None, None
    return normalised(name or entry.name), version or ""


def normalised(name: str) -> str:
    """A distribution's name as all its spellings are compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def package_of_entry(entry: EntryPoint) -> str:
    """The package or module at the top of what an entry point names."""
    return entry.value.partition(":")[0].partition(".")[0].strip()


def _one_by_one(group: str) -> tuple[list[EntryPoint], list[Damaged]]:
    """The same, slowly; of two distributions with one name the first on the path counts."""
    found: dict[str, list[EntryPoint]] = {}
    damaged: dict[str, Damaged] = {}
    for distribution in importlib.metadata.distributions():
        place = str(distribution.locate_file(""))
        name = place
        try:
            name = distribution.name or place
            if name not in found:
                found[name] = [entry for entry in distribution.entry_points if entry.group == group]
        except Exception as error:
            if f"[{group}]" in _raw(distribution):
                name = name if name != place else _folder_name(distribution)
                damaged.setdefault(name, Damaged(name, f"{type(error).__name__}: {error}", place))
    return [entry for entries in found.values() for entry in entries], list(damaged.values())


def _raw(distribution: Distribution) -> str:
    try:
        return distribution.read_text("entry_points.txt") or ""
    except Exception:
        return ""


def _folder_name(distribution: Distribution) -> str:
    """What the folder of its metadata is called, without the version."""
    folder = Path(str(getattr(distribution, "_path", "")))
    return folder.stem.rpartition("-")[0] or str(folder)


def requirements_of(entry: EntryPoint) -> Iterator[str]:
    """What its distribution requires, as lines of ``Requires-Dist``."""
    distribution: Distribution | None = entry.dist
    try:
        yield from (distribution.requires or ()) if distribution else ()
    except Exception:
        return
