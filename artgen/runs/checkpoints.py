"""Which checkpoints a run has: a folder ``checkpoints/STEP`` each, and float16 snapshots of older ones.

Reading and writing their tensors is `artgen.engine.checkpoint`'s; this side needs no torch.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from artgen.runs.files import WHOLE
from artgen.runs.ownership import still_ours

STATE_FILE = "state.json"
SNAPSHOTS = "snapshots"
SAMPLER = "ema"
TRAINING_ONLY = ("generator", "discriminator", "optimizers")
BEST_BY = "quality/kid_vgg_high"
_TOLD = {"serial", "step", "sha256"}
_GONE = ".gone.part"
_UNFINISHED = ".*.part*"
_NAME = re.compile(r"(\d{8,})(-\d+)?")


@dataclass(frozen=True)
class CheckpointInfo:
    """Which checkpoint the outputs are made from.

    Attributes:
        path: its folder.
        step: optimisation steps taken.
        images: real pictures shown so far.
        sha256: of the sampler's weights.
        quality: what was measured of it, by metric name.
    """

    path: Path
    step: int
    images: int
    sha256: str
    quality: Mapping[str, float]

    @property
    def kimg(self) -> float:
        """Thousands of real pictures shown."""
        return self.images / 1000


@dataclass(frozen=True)
class Checkpoint:
    """A complete checkpoint on disk.

    Attributes:
        state: what ``state.json`` says.
    """

    path: Path
    state: Mapping[str, Any]

    @property
    def step(self) -> int:
        """Optimisation steps taken."""
        return int(self.state["step"])

    @property
    def planned(self) -> bool:
        """Whether the budget asked for it, and not somebody who stopped the training or let it pause."""
        return bool(self.state.get("planned", True))

    @property
    def looked_at(self) -> bool:
        """Whether its pictures were shown and, where there was time, measured: that comes after it is safe on disk."""
        return bool(self.state.get("looked_at", True))

    @property
    def varied(self) -> bool:
        """Whether the painted pictures of its last steps varied as they should."""
        return bool(self.state.get("varied", False))

    @property
    def quality(self) -> Mapping[str, float]:
        """What was measured of its pictures, by metric name; empty when nothing was."""
        quality: Mapping[str, float] = self.state.get("quality", {})
        return quality

    @property
    def trainable(self) -> bool:
        """Whether training can go on from it: `artgen clean --finished` keeps only what paints."""
        return any(f"{part}.safetensors" in self.state["sha256"] for part in TRAINING_ONLY)

    @property
    def info(self) -> CheckpointInfo:
        """What outputs are told of it."""
        return CheckpointInfo(
            path=self.path,
            step=self.step,
            images=int(self.state["images"]),
            sha256=str(self.state["sha256"][f"{SAMPLER}.safetensors"]),
            quality=self.quality,
        )

    def intact(self) -> bool:
        """Whether every file is there as it was written, and can be read."""
        try:
            return all(
                (self.path / name).is_file() and _digest_of(self.path / name) == digest
                for name, digest in self.state["sha256"].items()
            )
        except OSError:
            return False


def list_checkpoints(folder: Path) -> list[Checkpoint]:
    """All complete checkpoints in the order they were written; half-written and unreadable ones do not count."""
    return _found(folder)[0]


def latest_checkpoint(folder: Path, *, planned: bool = False) -> tuple[Checkpoint | None, list[Path]]:
    """The last checkpoint whose files are intact, and the damaged ones that came after it or cannot be read.

    Args:
        planned: only of those that the budget asked for, which a training has that was never stopped, too.
    """
    readable, damaged = _found(folder)
    for checkpoint in reversed(readable):
        if planned and not checkpoint.planned:
            continue
        if checkpoint.intact():
            return checkpoint, damaged
        damaged.append(checkpoint.path)
    return None, damaged


def _found(folder: Path) -> tuple[list[Checkpoint], list[Path]]:
    """Checkpoints in the order they were written, and folders whose `STATE_FILE` does not say what one is."""
    readable, unreadable = [], []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        state = path / STATE_FILE
        if not _NAME.fullmatch(path.name) or not state.is_file():
            continue
        try:
            told = json.loads(state.read_text(encoding="utf-8"))
        except FileNotFoundError:  # a training is at it, and has removed it by now
            continue
        except ValueError:
            told = None
        if isinstance(told, dict) and told.keys() >= _TOLD:
            readable.append(Checkpoint(path, told))
        else:
            unreadable.append(path)
    return sorted(readable, key=lambda checkpoint: int(checkpoint.state["serial"])), unreadable


def best_checkpoint(folder: Path) -> Checkpoint | None:
    """The checkpoint to paint with: the lowest upper end of kid_vgg's interval, or the last when none was measured.

    The upper end, so that a figure from few pictures does not win by luck. By what is noted alone, in a moment: see
    `checkpoint_to_read` for what is read from.
    """
    return _best(list_checkpoints(folder))


def best_intact_checkpoint(folder: Path) -> tuple[Checkpoint | None, list[Path]]:
    """The best one whose files are intact, see `best_checkpoint`, and the damaged ones that would come before."""
    checkpoints, damaged = list_checkpoints(folder), []
    while (best := _best(checkpoints)) and not best.intact():
        checkpoints.remove(best)
        damaged.append(best.path)
    return best, damaged


def checkpoint_to_read(folder: Path) -> Checkpoint | None:
    """The best one whose files are intact; where all are damaged the best one, as reading it tells what is wrong."""
    return best_intact_checkpoint(folder)[0] or best_checkpoint(folder)


def varied_checkpoint(folder: Path) -> tuple[Checkpoint | None, list[Path]]:
    """Where to go back to from a collapse, and the damaged ones that would come before.

    The last planned one whose pictures varied, or else the last planned one: what was measured does not count, since the
    time decides about that.
    """
    last_first = _planned(list_checkpoints(folder))[::-1]
    damaged: list[Path] = []
    for checkpoint in sorted(last_first, key=lambda checkpoint: not checkpoint.varied):
        if checkpoint.intact():
            return checkpoint, damaged
        damaged.append(checkpoint.path)
    return None, damaged


def _best(checkpoints: list[Checkpoint]) -> Checkpoint | None:
    measured = [c for c in checkpoints if BEST_BY in c.quality]
    if measured:
        return min(measured, key=lambda c: c.quality[BEST_BY])
    return checkpoints[-1] if checkpoints else None


def kept_whole(folder: Path) -> list[Checkpoint]:
    """The last two, the best, and what a training may have to go back to: the last planned one, and that which varied.

    Damaged ones do not count, unless all are.
    """
    found = list_checkpoints(folder)
    checkpoints = [checkpoint for checkpoint in found if checkpoint.intact()] or found
    planned = _planned(checkpoints)
    varied = [checkpoint for checkpoint in planned if checkpoint.varied]
    kept = [*checkpoints[-2:], *planned[-1:], *varied[-1:], _best(checkpoints)]
    return [c for c in checkpoints if c in kept]


def _planned(checkpoints: list[Checkpoint]) -> list[Checkpoint]:
    return [checkpoint for checkpoint in checkpoints if checkpoint.planned]


def on_the_way(checkpoints: list[Checkpoint]) -> list[Checkpoint]:
    """Those that the last one has come by: not those behind which a training went back.

    Args:
        checkpoints: in the order they were written.
    """
    way: list[Checkpoint] = []
    for checkpoint in checkpoints:
        way = [earlier for earlier in way if earlier.step < checkpoint.step]
        way.append(checkpoint)
    return way


def list_snapshots(folder: Path) -> list[Path]:
    """Float16 files of the averaged generator, by step, oldest first."""
    files = (folder / SNAPSHOTS).glob(f"{WHOLE}.safetensors")
    return sorted((path for path in files if path.stem.isdigit()), key=lambda path: int(path.stem))


def remove_checkpoint(path: Path) -> None:
    """Delete a checkpoint's folder, out of sight first: one that a killed process left half is no checkpoint any more.

    What an earlier one left of the same name must be gone, see `remove_leftovers`; whoever was taken over from and wakes up
    may be doing that at this moment.
    """
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(path.rename(path.with_name(f".{path.name}{_GONE}")))


def remove_leftovers(folder: Path) -> None:
    """Delete what a killed process left of checkpoints that it was deleting."""
    for gone in folder.glob(f".*{_GONE}"):
        shutil.rmtree(gone, ignore_errors=True)


def remove_unfinished(folder: Path) -> None:
    """Delete all that killed processes left half written, at the begin of a training: nobody else may be writing then."""
    still_ours()
    for place in (folder, folder / SNAPSHOTS):
        for left in list(place.glob(_UNFINISHED)):
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)


def size_bytes(path: Path) -> int:
    """What a file or folder takes on disk, in which files may come and go meanwhile."""
    if path.is_file():
        return path.stat().st_size
    size = 0
    for folder, _, names in os.walk(path):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                size += (Path(folder) / name).stat().st_size
    return size


def _digest_of(file: Path) -> str:
    """The same as `sha256_of`, computed once for as long as a file is not written to."""
    status = file.stat()
    return _digest(file, status.st_ino, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=64)
def _digest(file: Path, *_as_it_was: int) -> str:
    return sha256_of(file)


def sha256_of(file: Path) -> str:
    """The digest of a file's content, in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
