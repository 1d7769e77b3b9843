"""What is written of a task: ``tasks/TASK/000003.json`` is the third attempt at it, and the last one is what it is.

The number is the fencing number of whoever works on it. Only its owner ever writes an attempt's file, so that a worker
that comes back too late writes where nobody looks any more.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from artgen.runs.files import write_text
from artgen.runs.processes import Life, life_of

TASKS = "tasks"
WHOLE_RUN = "run"
"""The id under which a run as a whole is held, by who gives out its tasks or by a command such as ``artgen render``."""
_PLAN = "plan.json"
KEPT = 5
"""Attempts of a task that are kept."""

State = Literal["running", "done", "failed", "stopped"]


@dataclass(frozen=True)
class Attempt:
    """One attempt at a task.

    Attributes:
        number: its fencing number.
        process: the number of the process that works on it; likewise `machine` and `began`, by which it is known.
        host: where, for people.
        since: when it was begun, by the clock there.
        changed: when it was last heard of, by the clock there.
        token: what the launcher called it.
        what: of `WHOLE_RUN`: the command; ``tasks`` where it gives out tasks.
        beat: grows while it lives.
        progress: ``what``, ``done``, ``total``, ``left_s`` and ``numbers``.
        key: of what was done: hash of all that decides it.
        made: of what was done: hash of what it left.
        error: why it failed.
        partly: whether what it made is of use although it failed.
    """

    task: str
    number: int
    state: State = "running"
    process: int = 0
    host: str = ""
    machine: str = ""
    began: str = ""
    since: str = ""
    changed: str = ""
    token: str = ""
    what: str = ""
    beat: int = -1
    progress: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    made: str = ""
    error: str = ""
    partly: bool = False

    @property
    def over(self) -> bool:
        """Whether nobody works on it any more, by its own word."""
        return self.state != "running"

    @property
    def holder(self) -> str:
        """Who works on it, in words."""
        if not self.process:
            return "another process"
        return f"process {self.process} on {self.host} since {self.since}"

    def life(self) -> Life:
        """Whether its process is there, as far as this machine can say."""
        return life_of(self.process, self.machine, self.began) if self.process else "unknown"


_FIELDS = frozenset(Attempt.__dataclass_fields__) - {"task", "number"}


def place_of(folder: Path, task: str) -> Path:
    """Where the attempts at a task are.

    Args:
        folder: the run folder.
        task: ``output:NAME``; ``:`` is no letter of a file's name everywhere, and ``@`` none of an output's.
    """
    return folder / TASKS / task.replace(":", "@")


def numbers_in(place: Path | str) -> list[int]:
    """The numbers of the attempts in a folder, ascending. Listed anew by the file server each time."""
    try:
        names = os.listdir(place)  # noqa: PTH208 (a Path each is 10 times slower)
    except FileNotFoundError:
        return []
    return sorted([int(name[:-5]) for name in names if name.endswith(".json") and name[:-5].isdigit()])


def file_of(place: Path, number: int) -> Path:
    """The file of an attempt."""
    return place / _name(number)


def _name(number: int) -> str:
    return f"{number:06d}.json"


def _read(place: str, task: str, number: int) -> Attempt:
    """One attempt; one that has only just been begun says nothing of itself yet.

    Without `Path`, of which ten thousand take a second.
    """
    try:
        with open(f"{place}{os.sep}{_name(number)}", "rb", buffering=0) as stream:  # noqa: PTH123
            told = json.loads(stream.read().decode())
    except (OSError, ValueError):
        return Attempt(task, number)
    try:
        return Attempt(task, number, **told)
    except TypeError:  # of a later version
        return Attempt(task, number, **{key: value for key, value in told.items() if key in _FIELDS})


def last_attempt(folder: Path, task: str) -> Attempt | None:
    """What is known of a task; None where nobody has begun it."""
    place = str(place_of(folder, task))
    numbers = numbers_in(place)
    return _read(place, task, numbers[-1]) if numbers else None


def write_plan(folder: Path, tasks: Sequence[str]) -> None:
    """Note which tasks a run has, for who asks how far it is."""
    text = json.dumps(list(tasks), ensure_ascii=False)
    file = folder / TASKS / _PLAN
    if not file.is_file() or file.read_text(encoding="utf-8") != text:
        file.parent.mkdir(exist_ok=True)
        write_text(file, text)


def plan_of(folder: Path) -> list[str]:
    """The tasks that a run has, in their order; nothing where nobody noted them."""
    try:
        tasks: list[str] = json.loads((folder / TASKS / _PLAN).read_bytes())
    except (OSError, ValueError):
        return []
    return tasks


def attempts_of(folder: Path) -> Iterator[Attempt]:
    """The last attempt at every task of a run that was begun; the run as a whole among them while it is held."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder / TASKS) as entries:
        for entry in entries:
            if entry.is_dir() and (numbers := numbers_in(entry.path)):
                yield _read(entry.path, entry.name.replace("@", ":"), numbers[-1])
