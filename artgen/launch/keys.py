"""Whether a task is done: by a hash of all that decides it, and by what it left being there as it left it.

Files are told by name, size and time, so that a hundred finished runs are looked through in a moment. Where one of
these has changed the task is begun, and finds by their content what is to be done.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import artgen
from artgen.config import InputPath
from artgen.job.canvases import canvases, still_asked_for
from artgen.job.fields import change_inputs
from artgen.job.inputs import files_of
from artgen.job.kept.values import parts_of, plain, values_of
from artgen.job.sweep.cell_names import identity_of
from artgen.launch.graph import is_shard
from artgen.launch.tasks import OUTPUT, PAINT
from artgen.runs.canvases import finished_canvases
from artgen.runs.checkpoints import best_checkpoint
from artgen.runs.pages import page_of
from artgen.runs.store import LOCK_NAME, Run
from artgen.runs.tasks.attempts import Attempt, last_attempt

if TYPE_CHECKING:
    from artgen.config import Config
    from artgen.job.model import Job, Part

Stamp = list[Any]
_OF_THE_RUN = ("job.toml", "metrics.jsonl", "quality.json")
"""What pages tell beside the artifacts."""


class Keys:
    """Keys of tasks, for a call in which the user's files do not change."""

    def __init__(self) -> None:
        self._below = functools.cache(_files_below)

    def is_done(self, job: Job, folder: Path, task: str, attempt: Attempt | None) -> bool:
        """Whether the last attempt at a task did what the job asks for now, and what it left is still there.

        What a shard left is looked for by who joins them, and made where it is gone.
        """
        if attempt is None or attempt.state != "done" or attempt.key != self.key(job, folder, task):
            return False
        return is_shard(task) or attempt.made == made_by(job, folder, task)

    def key(self, job: Job, folder: Path, task: str) -> str:
        """A hash of all that decides what a task makes."""
        if task.startswith(OUTPUT):
            part = job.part(f"outputs.{task.split(':')[1]}")
            return identity_of([task, self._of_output(job, folder, part)]) if part else ""
        return identity_of([task, self._of_work(job)])

    def _of_work(self, job: Job) -> Any:
        values = {v.key: v.value for v in values_of(job) if v.change != "free" or v.path[0] == "quality"}
        parts = [part for table, part in parts_of(job) if table[0] not in ("outputs", "trackers", "launcher")]
        inputs = [stamp for part in parts for stamp in self._inputs(part.config)]
        pictures = self._inputs(job.data) if job.data else []
        return [values, list(inputs), list(pictures)]

    def _of_output(self, job: Job, folder: Path, part: Part) -> Any:
        if job.work[0] == PAINT:
            there = finished_canvases(folder / "canvases")
            made_of: Any = [(label, there[label].key) for label in still_asked_for(there, canvases(job))]
        else:
            best = best_checkpoint(folder / "checkpoints")
            made_of = [best.step, best.info.sha256] if best else None
        told = [artgen.__version__, job.name, part.type, part.component.version, plain(part.config), made_of]
        told.append(list(self._inputs(part.config)))
        if part.config.gathers:
            own = f"{part.name}@"
            index = Run(folder, job.name, job, {}).index_files()
            told += [_stamp(file) for file in index if not file.name.startswith(own)]
            told += [_stamp(folder / name) for name in _OF_THE_RUN]
            painted = last_attempt(folder, PAINT)
            told += [painted.error] if painted and painted.state == "failed" else []
        return told

    def _inputs(self, config: Config) -> Iterator[Stamp]:
        """The files that a table of the job names."""
        found: list[Path] = []

        def note(mark: InputPath, text: str, _path: Any) -> str:
            if mark.kind == "pattern":
                found.extend(files_of(text) if any(p.is_dir() for p in Path(text).parents) else ())
            else:
                found.append(Path(text))
            return text

        change_inputs(type(config), plain(config), note)
        for path in found:
            yield self._below(path) if path.is_dir() else _stamp(path)


def made_by(job: Job, folder: Path, task: str) -> str:
    """A hash of what a task has left, by names, sizes and times."""
    if not task.startswith(OUTPUT):
        places = ("canvases",) if job.work[0] == PAINT else ("checkpoints", "quality.json")
        return identity_of([_below(folder / place, set()) for place in places])
    name = task.split(":")[1]
    part = job.part(f"outputs.{name}")
    stamps = list(_folders_in(folder / "artifacts" / name))
    if part and part.config.gathers:
        galleries = [output.name for output in job.outputs if output.type == part.type]
        stamps.append(_stamp(folder / page_of(galleries, name)))
    return identity_of(stamps)


def _folders_in(place: Path) -> Iterator[Stamp]:
    """Of a folder and all below it, whose times tell that a file came or went; of a file its own.

    The files of a folder are not looked at, as there may be 100,000 of them.
    """
    yield _stamp(place)[1:]
    if place.is_dir():
        with os.scandir(place) as entries:
            below = sorted(entry.path for entry in entries if entry.is_dir(follow_symlinks=False))
        for path in below:
            yield from _folders_in(Path(path))


def _files_below(folder: Path) -> Stamp:
    if (folder / LOCK_NAME).is_file():
        return [str(folder)]  # a run that this one starts from: what counts of it is in the checkpoint
    return [str(folder), _below(folder, set())]


def _below(place: Path, seen: set[tuple[int, int]]) -> Stamp:
    """Names, sizes and times in a folder and all below it, each folder once; of a file its own.

    A folder that nobody may look into counts by its name alone: no picture of it is learned from.

    Args:
        seen: device and number of the folders that were looked into; links may lead back to one.
    """
    if not place.is_dir():
        return _stamp(place)
    status = place.stat()
    if (status.st_dev, status.st_ino) in seen:
        return [place.name, None]
    seen.add((status.st_dev, status.st_ino))
    found: Stamp = []
    try:
        entries = sorted(os.scandir(place), key=lambda one: one.name)
    except OSError:
        return [place.name, None]
    for entry in entries:
        if entry.name.startswith("."):
            continue
        path = Path(entry.path)
        if not os.path.isdir(path):  # noqa: PTH112 - where nobody may look it says no, and raises nothing
            found.append(_stamp(path))
        elif os.path.isfile(path / LOCK_NAME):  # noqa: PTH113
            found.append([entry.name, None])  # no run is learned from, unless it is named
        else:
            found.append([entry.name, _below(path, seen)])
    return found


def _stamp(path: Path) -> Stamp:
    try:
        status = path.stat()
    except OSError:
        return [path.name, -1, 0]
    return [path.name, status.st_size, status.st_mtime_ns]
