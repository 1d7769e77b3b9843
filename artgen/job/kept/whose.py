"""Whose a component was, as the lock of a run says: asked where a job names one that there is no more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from artgen.job.text.tree import ENTRY_KINDS, PART_TABLES
from artgen.registry import Kind


def whose(lock: Mapping[str, Any], kind: Kind, name: str) -> tuple[str, str]:
    """The distribution that a name was of, and its version; both empty where the lock does not say."""
    owner, _, bare = name.rpartition(":")
    if not owner:
        types = (type_.rpartition(":") for type_ in _types(lock, kind))
        owner = next((of for of, _, its in types if its == bare), "")
    table = lock.get("lock")
    versions = table.get("plugins") if isinstance(table, Mapping) else None
    version = versions.get(owner, "") if isinstance(versions, Mapping) else ""
    return owner, str(version)


def _types(lock: Mapping[str, Any], kind: Kind) -> Iterator[str]:
    for table, of_kind in (PART_TABLES | ENTRY_KINDS).items():
        if of_kind == kind:
            part = lock.get(table)
            entries = part if isinstance(part, list) else [part]
            for entry in entries:
                if isinstance(entry, Mapping) and isinstance(entry.get("type"), str):
                    yield entry["type"]
