"""What a job that is run again has become since: which values differ from the lock, and whether the run can go on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artgen.config import Change
from artgen.errors import RunChangedError
from artgen.job.fields import fields_of
from artgen.job.kept.lock import lock_data
from artgen.job.kept.values import FREE_TABLES, change_of, values_of
from artgen.job.model import Job
from artgen.job.text.tree import ENTRY_KINDS
from artgen.job.words import shown
from artgen.losses.config import StyleConfig

_ORDERED = ("losses", "augmentations")
"""Lists whose order counts: sums and draws follow it."""


@dataclass(frozen=True)
class Difference:
    """One value that is not what it was; None where it was or is not set."""

    key: str
    old: Any
    new: Any
    change: Change

    def __str__(self) -> str:
        return f"{self.key}: was {_shown(self.old)}, is {_shown(self.new)}"


def differences(lock: Mapping[str, Any], job: Job, folder: Path) -> list[Difference]:
    """Every value in which a job differs from the lock of its run.

    Args:
        lock: as read from the run's ``job.lock.toml``.
        job: the job as resolved now.
        folder: the run folder, which the lock's paths are relative to.
    """
    new_data = lock_data(job, folder)
    old, new = dict(_flat(lock)), dict(_flat(new_data))
    changes = {value.key: value.change for value in values_of(job)}
    # what is in them has a fingerprint in the lock
    guarded = {f"losses.{loss.name}.images" for loss in job.losses if isinstance(loss.config, StyleConfig)}
    found = []
    for key in [*new, *(key for key in old if key not in new)]:
        if old.get(key) == new.get(key) or _is_new_option(key, old, job):
            continue
        change = changes.get(key) or _change_of_gone(key, job)
        if change == "identity" and key in guarded and _only_moved(old.get(key), new.get(key)):
            change = "free"
        if key == "train.from" and old.get(key) and new.get(key):
            change = "free"  # it may have been moved, and a run that has begun looks at it no more
        found.append(Difference(key, old.get(key), new.get(key), change))
    found.extend(_reordered(lock, new_data))
    return found


def check_unchanged(lock: Mapping[str, Any], job: Job, folder: Path) -> list[Difference]:
    """The differences with which the run can go on.

    Raises:
        RunChangedError: a value differs that makes it another run; the message names each.
    """
    found = differences(lock, job, folder)
    refused = [difference for difference in found if difference.change == "identity"]
    if refused:
        listed = "".join(f"\n    {difference}" for difference in refused)
        raise RunChangedError(
            f"this folder holds a run of another job; what differs:{listed}",
            where=str(folder),
            hint="put the values back, give the job another name, or set the old run aside with --fresh",
        )
    return found


def other_plugins(lock: Mapping[str, Any], job: Job) -> list[str]:
    """What to tell of plugins that are not those that a run was begun with: it goes on, by what is there now."""
    was = lock.get("lock", {})
    is_now = lock_data(job, job.file.parent)["lock"]
    told = [
        f"this run began with {name} {version}, and goes on with {there}"
        for name, version in was.get("plugins", {}).items()
        if (there := is_now.get("plugins", {}).get(name, version)) != version
    ]
    changed = [
        name
        for name, sha256 in was.get("plugin_files", {}).items()
        if is_now.get("plugin_files", {}).get(name, sha256) != sha256
    ]
    told.extend(
        f"{name} has changed since this run began; it goes on by what is in it now. --fresh begins anew"
        for name in changed
    )
    return told


def _flat(data: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    for key, value in data.items():
        if not path and key == "lock":
            continue
        if not path and key in ENTRY_KINDS:
            for entry in value:
                table = {k: v for k, v in entry.items() if k != "name"}
                yield from _flat(table, (key, str(entry.get("name"))))
        elif isinstance(value, Mapping):
            yield from _flat(value, (*path, key))
        else:
            yield ".".join((*path, key)), value


def _is_new_option(key: str, old: Mapping[str, Any], job: Job) -> bool:
    """Whether a value is the default of an option that did not exist when its table was locked."""
    if key in old or key not in job.sources or job.sources[key].kind != "default":
        return False
    path = key.split(".")
    table = ".".join(path[: 2 if path[0] in ENTRY_KINDS else 1])
    return any(other.startswith(f"{table}.") for other in old)


def _only_moved(old: Any, new: Any) -> bool:
    """Whether two lists of patterns differ in nothing but the folders that they are in."""
    return bool(old and new) and [Path(pattern).name for pattern in old] == [Path(pattern).name for pattern in new]


def _change_of_gone(key: str, job: Job) -> Change:
    """What it means that a value of the lock is not set any more: a rival budget took over, or it is another run."""
    table, _, field = key.rpartition(".")
    if key.split(".")[0] in FREE_TABLES:
        return "free"
    model = type(job.train)
    if table == "train" and field in fields_of(model):
        return change_of(model, field)
    return "identity"


def _reordered(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    for key in _ORDERED:
        names = [[str(entry.get("name")) for entry in data.get(key, [])] for data in (old, new)]
        if names[0] != names[1] and sorted(names[0]) == sorted(names[1]):
            yield Difference(f"order of {key}", names[0], names[1], "identity")


def _shown(value: Any) -> str:
    return "not set" if value is None else shown(value)
