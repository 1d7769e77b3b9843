"""The job on the page: as it was written, and every value that came of it with where it came from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from artgen.distributions import BUILTIN
from artgen.outputs.metadata import canonical_json, told_settings, without_paths
from artgen.runs.files import write_text
from artgen.runs.store import LOCK_NAME

if TYPE_CHECKING:
    from artgen.job.model import Job
    from artgen.runs.store import Run

_JOB_FILE = "job.toml"
_SOURCES_FILE = "sources.json"
_PLACE = re.compile(
    r"""(?P<quote>["'])(?P<folder>(?:/|~|file:/|\\\\|[A-Za-z]:[/\\])(?:(?!(?P=quote))[^\n])*[/\\])"""
    r"""(?P<name>(?:(?!(?P=quote))[^/\\\n])*)(?P=quote)"""
)
"""A text that names a file from the root of a disk, or from somebody's home."""
_COMMENT = re.compile(r"""#[^\n]*|"[^"\n]*"|'[^'\n]*'""")
"""A comment; or a text, which may hold its sign."""
_BARE_PLACE = re.compile(
    r"""(?<![\w:./\\"'<…])(?P<folder>(?:/|~/|[A-Za-z]:[/\\])(?=[^\s"'/\\])(?:[^\s"'/\\]+[/\\])*)(?P<name>[^\s"'/\\]*)"""
)
"""The same without quotes."""
_OF_PEOPLE = re.compile(r"(?:file:/+|[A-Za-z]:)?[/\\]+(?:home|Users)[/\\]+")
"""Folders that hold a folder for each person, by their names."""


@dataclass(frozen=True)
class Setting:
    """A resolved value, in words, and where it comes from; "" where nobody knows any more."""

    name: str
    value: str
    source: str


def settings_of(run: Run, folder: Path) -> list[tuple[str, list[Setting]]]:
    """Everything resolved, table by table; nothing that names a file or a folder.

    Args:
        folder: of the gallery, where sources are kept: a run that is opened again knows them no more.
    """
    sources = _sources(run, folder)
    told = without_paths({key: value for key, value in run.lock.items() if key != "lock"})
    return [
        (table, [Setting(name, text, sources.get(f"{table}.{name}", "")) for name, text in flat(value)])
        for table, value in told.items()
        if value not in ({}, [])
    ]


def _sources(run: Run, folder: Path) -> dict[str, str]:
    """Where each value comes from by dotted key, as it was told when the job itself was read."""
    file, identity = folder / _SOURCES_FILE, told_settings(run.lock)
    job: Job | None = run.job  # an overview has but the lock
    if job and job.file.name != LOCK_NAME:
        found = {key: str(source) for key, source in job.sources.items()}
        write_text(file, canonical_json({"settings": identity, "sources": found}))
        return found
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        return dict(kept["sources"]) if kept["settings"] == identity else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def chosen_by_itself(lock: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(topic, choice, why) of everything that ``preset:auto`` decided."""
    return [(told["topic"], told["choice"], told["why"]) for told in lock.get("lock", {}).get("auto", [])]


def flat(value: Any, prefix: str = "") -> list[tuple[str, str]]:
    """Nested settings as dotted names and short texts; entries of lists by their names."""
    if isinstance(value, Mapping):
        return [pair for key, item in value.items() for pair in flat(item, f"{prefix}.{key}" if prefix else str(key))]
    if isinstance(value, list | tuple):
        if any(isinstance(item, Mapping) for item in value):
            return [pair for name, item in _named(value) for pair in flat(item, f"{prefix}.{name}" if prefix else name)]
        return [(prefix, ", ".join(map(str, value)))]
    if isinstance(value, bool):
        return [(prefix, "yes" if value else "no")]
    return [(prefix, f"{value:g}" if isinstance(value, float) else str(value).removeprefix(f"{BUILTIN}:"))]


def _named(entries: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    for index, entry in enumerate(entries):
        if isinstance(entry, Mapping) and "name" in entry:
            yield str(entry["name"]), {key: item for key, item in entry.items() if key != "name"}
        else:
            yield str(index), entry


_TOML = re.compile(
    r"""(?P<comment>\#[^\n]*)|(?P<table>^\s*\[\[?[^\]\n]+\]\]?)|(?P<text>"[^"\n]*"|'[^'\n]*')|(?P<key>^\s*[\w."-]+(?=\s*=))""",
    re.MULTILINE,
)


def toml_markup(text: str) -> Markup:
    """A job with its tables, keys, texts and comments marked for the style."""
    parts, end = [], 0
    for match in _TOML.finditer(text):
        parts.append(escape(text[end : match.start()]))
        parts.append(Markup('<span class="{}">{}</span>').format(match.lastgroup, match[0]))
        end = match.end()
    return Markup("").join([*parts, escape(text[end:])])


def job_as_given(run: Run) -> str:
    """The job file as it was written, but for where files lie on a disk; "" where there is none."""
    file = run.folder / _JOB_FILE
    text = file.read_text(encoding="utf-8").strip() if file.is_file() else ""
    return _COMMENT.sub(_without_bare_places, _PLACE.sub(_without_place, text))


def _without_bare_places(found: re.Match[str]) -> str:
    if not found[0].startswith("#"):
        return found[0]
    return _BARE_PLACE.sub(lambda bare: f"…/{'' if _OF_PEOPLE.fullmatch(bare['folder']) else bare['name']}", found[0])


def _without_place(found: re.Match[str]) -> str:
    name = "" if _OF_PEOPLE.fullmatch(found["folder"]) else found["name"]
    return f"{found['quote']}…/{name}{found['quote']}"
