"""Every resolved value of a job by its dotted key: what it is, where it comes from, what changing it means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from artgen.config import Change, Config
from artgen.job.fields import fields_of
from artgen.job.model import Job, Part
from artgen.job.text.tree import ENTRY_KINDS, Source, Table

FREE_TABLES = ("outputs", "trackers", "launcher", "quality", "requires")
"""Tables of which nothing changes what is learned."""

OF_UNTRAINED = ("device", "threads")
"""What `[train]` says where nothing is trained."""


@dataclass(frozen=True)
class Value:
    """One resolved value.

    Attributes:
        path: keys from the top, list entries by name.
        value: as TOML would have it; paths are absolute.
    """

    path: tuple[str, ...]
    value: Any
    change: Change
    summary: str = ""

    @property
    def key(self) -> str:
        """Dotted, as ``--set`` takes it."""
        return ".".join(self.path)


def values_of(job: Job) -> Iterator[Value]:
    """All values, in the order of a job file; what is unset is left out."""
    for name, condition in job.requires.items():
        yield Value(("requires", name), condition, "free")
    for section in ("job", "data"):
        yield from _values_of_config(getattr(job, section), (section,))
    for table, part in parts_of(job):
        free = table[0] in FREE_TABLES
        yield Value((*table, "type"), part.type, "free" if free else "identity", part.component.summary)
        for value in _values_of_config(part.config, table):
            # More canvases stand beside those that are finished; a network has learned from what it was given.
            learned = value.change == "extend" and job.paints_from != "canvas"
            yield replace(value, change="free") if free else replace(value, change="identity") if learned else value
    for section in job.work:
        values = _values_of_config(getattr(job, section), (section,))
        yield from (value for value in values if value.path[1] in OF_UNTRAINED or not job.untrained)


def parts_of(job: Job) -> Iterator[tuple[tuple[str, ...], Part]]:
    """Every component with the path of its table."""
    for table in ("generator", "discriminator", "backbone", *ENTRY_KINDS, "launcher"):
        found = getattr(job, table)
        if isinstance(found, tuple):
            yield from (((table, part.name), part) for part in found)
        elif found is not None:
            yield (table,), found


def sources_of(job: Job, tree: Table) -> dict[str, Source]:
    """Where each value comes from, by dotted key."""
    sources = {}
    for value in values_of(job):
        stated = tree.get(*value.path)
        sources[value.key] = stated.origin.source if stated else Source("default")
    return sources


def plain(config: Config) -> dict[str, Any]:
    """A config as TOML data: no null, paths as text."""
    data = _without_none(config.model_dump(mode="json", by_alias=True))
    return dict(data)


def change_of(model: type[BaseModel], key: str) -> Change:
    """What changing a field means: as the field says, or else its model."""
    extra = fields_of(model)[key].json_schema_extra
    said = extra.get("change") if isinstance(extra, dict) else None
    change: Change = said or getattr(model, "change", "identity")  # type: ignore[assignment]
    return change


def _values_of_config(config: Config | None, path: tuple[str, ...]) -> Iterator[Value]:
    if config is None:
        return
    data = plain(config)
    for name, field in type(config).model_fields.items():
        inner, key = getattr(config, name), field.alias or name
        if isinstance(inner, Config):
            yield from _values_of_config(inner, (*path, key))
        elif key in data:
            yield Value((*path, key), data[key], change_of(type(config), key), field.description or "")


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(inner) for key, inner in value.items() if inner is not None}
    return [_without_none(inner) for inner in value] if isinstance(value, list) else value
