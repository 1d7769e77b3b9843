"""What a batch will take of the disk, guessed from its jobs alone: pictures, canvases, films, checkpoints that are there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artgen.latents.seeds import parse_seeds
from artgen.launch.options import RunOptions
from artgen.runs.checkpoints import list_checkpoints, size_bytes
from artgen.runs.open import run_folder
from artgen.runs.progress import Progress
from artgen.runs.room import check_room

if TYPE_CHECKING:
    from artgen.job.model import Job

_PICTURE_BYTES = 2.5
"""Of a pixel in a PNG; photographs and paintings hardly get smaller."""
_CANVAS_BYTES = 6 + _PICTURE_BYTES
"""Of a pixel at full depth, and of its picture."""
_FILM_BYTES = 0.15
"""Of a pixel of a frame."""
_CHECKPOINTS = 4
"""Kept whole: the last two, the best, and the one being written."""


def check_room_for(jobs: Sequence[Job], options: RunOptions, progress: Progress) -> None:
    """Look at the disk before a batch begins. What a training takes is known when its networks are, and told then.

    Raises:
        DiskError: it is full already.
    """
    places: dict[int, list[Job]] = defaultdict(list)
    for job in jobs:
        places[_disk_of(run_folder(job, options))].append(job)
    for here in places.values():
        guess = sum(guessed_bytes(job, run_folder(job, options)) for job in here)
        what = "this run" if len(here) == 1 else f"these {len(here)} runs"
        check_room(run_folder(here[0], options).parent, 0, guess, what, progress.warn)


def guessed_bytes(job: Job, folder: Path) -> int:
    """What the run of a job will take beyond what it takes already."""
    guess = sum(_of_output(part.config, job) for part in job.outputs)
    if job.paints_from == "canvas":
        from artgen.job.canvases import canvases

        guess += len(canvases(job)) * job.generator.config.size**2 * _CANVAS_BYTES
    elif checkpoints := list_checkpoints(folder / "checkpoints"):
        guess += min(_CHECKPOINTS * size_bytes(checkpoints[-1].path), job.train.keep_gb * 1e9)
    return max(0, int(guess) - (size_bytes(folder) if folder.exists() else 0))


def _of_output(config: Any, job: Job) -> float:
    pixels = job.shape.width * job.shape.height if job.shape else getattr(job.generator.config, "size", 0) ** 2
    if seconds := getattr(config, "seconds", 0):
        tiles = getattr(config, "count", 1) or 1
        return float(seconds * getattr(config, "fps", 30) * pixels * tiles * _FILM_BYTES)
    return _pictures_of(config) * pixels * _PICTURE_BYTES


def _pictures_of(config: Any) -> int:
    seeds = getattr(config, "seeds", None)
    if seeds is not None:
        try:
            return len(parse_seeds(seeds))
        except ValueError:
            return 1
    count = getattr(config, "count", 1)
    return count if isinstance(count, int) else 1


def _disk_of(folder: Path) -> int:
    while not folder.exists():
        folder = folder.parent
    return folder.stat().st_dev
