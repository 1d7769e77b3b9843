"""``job.lock.toml``: everything resolved, so that the run can be told, compared and made again."""

from __future__ import annotations

import functools
import importlib.metadata
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tomli
import tomli_w

import artgen
from artgen.config import Config
from artgen.distributions import BUILTIN
from artgen.errors import JobError, Problem
from artgen.job.inputs import relative_inputs
from artgen.job.kept.values import OF_UNTRAINED, parts_of, plain
from artgen.job.model import Job, Part
from artgen.job.text.tree import ENTRY_KINDS
from artgen.runs.files import write_text

FORMAT = 1

_HEADER = """\
# Written by artgen: every value of this run as it was resolved. It is a job file itself:
#     artgen run job.lock.toml
"""


def lock_data(job: Job, relative_to: Path) -> dict[str, Any]:
    """The resolved job as plain TOML data.

    Args:
        job: the job.
        relative_to: the folder of the lock; input paths are written relative to it.
    """
    data: dict[str, Any] = {"lock": _versions(job)}
    if job.requires:
        data["requires"] = dict(job.requires)
    data["job"] = plain(job.job)
    if job.data:
        data["data"] = _table(job.data, relative_to)
    for table in ("generator", "discriminator", "backbone"):
        if part := getattr(job, table):
            data[table] = _part_table(part, relative_to)
    for key in ENTRY_KINDS:
        parts: tuple[Part, ...] = getattr(job, key)
        data[key] = [_part_table(part, relative_to, named=True) for part in parts]
    for section in job.work:
        data[section] = _table(getattr(job, section), relative_to)
    if job.untrained:
        data["train"] = {key: data["train"][key] for key in OF_UNTRAINED}
    data["launcher"] = _part_table(job.launcher, relative_to)
    return data


def write_lock(path: Path, data: Mapping[str, Any]) -> None:
    """Write a lock whole or not at all."""
    write_text(path, f"{_HEADER}\n{tomli_w.dumps(data)}")


def read_lock(path: Path) -> dict[str, Any]:
    """The data of a lock.

    Raises:
        JobError: it is not there or was damaged.
    """
    try:
        return tomli.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomli.TOMLDecodeError) as error:
        problem = Problem(f"cannot be read: {error}", file=path)
        raise JobError([problem], hint="--fresh sets the old run aside and begins anew") from error


def locked_value(data: Mapping[str, Any], path: Sequence[str]) -> Any:
    """What a lock says at a path, where list entries are named or counted from 0; None where it says nothing."""
    node: Any = data
    for key in path:
        if isinstance(node, list):
            named = {str(index): entry for index, entry in enumerate(node)} | {e.get("name"): e for e in node}
            node = named.get(key)
        else:
            node = node.get(key) if isinstance(node, Mapping) else None
    return node


def _versions(job: Job) -> dict[str, Any]:
    of_parts = {part.component.distribution: part.component.version for _, part in parts_of(job)}
    plugins = {name: version for name, version in of_parts.items() if name not in (BUILTIN, *job.plugin_files)}
    versions: dict[str, Any] = {
        "format": FORMAT,
        "artgen": artgen.__version__,
        "python": platform.python_version(),
        "torch": _version("torch"),
    }
    if job.cell:
        versions["cell"] = job.cell
    if job.axes:
        versions["axes"] = list(job.axes)
    if job.auto:
        versions["auto"] = [decision.model_dump() for decision in job.auto]
    files = dict(job.plugin_files)
    return versions | ({"plugins": plugins} if plugins else {}) | ({"plugin_files": files} if files else {})


@functools.cache
def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "none"


def _table(config: Config, folder: Path) -> dict[str, Any]:
    return relative_inputs(type(config), plain(config), folder)


def _part_table(part: Part, folder: Path, *, named: bool = False) -> dict[str, Any]:
    name = {"name": part.name} if named else {}
    return {"type": part.type, **name, **_table(part.config, folder)}
