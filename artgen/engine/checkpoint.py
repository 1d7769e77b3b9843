"""Checkpoints' tensors: written whole or not at all, checked when read, never pickled."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save_file
from torch import Tensor

from artgen.errors import CheckpointError
from artgen.runs.checkpoints import (
    SAMPLER,
    SNAPSHOTS,
    STATE_FILE,
    Checkpoint,
    kept_whole,
    list_checkpoints,
    list_snapshots,
    on_the_way,
    remove_checkpoint,
    remove_leftovers,
    sha256_of,
    size_bytes,
)
from artgen.runs.files import own_word, told_of_disk, whole_file
from artgen.runs.ownership import still_ours

SNAPSHOT_RATIO = 1.26

Tensors = Mapping[str, Mapping[str, Tensor]]


def load_part(checkpoint: Checkpoint, part: str) -> dict[str, Tensor]:
    """The tensors of one part of a checkpoint by name, on the CPU.

    Raises:
        CheckpointError: the file is missing or is not what was written.
    """
    file = checkpoint.path / f"{part}.safetensors"
    try:
        data = file.read_bytes()
    except OSError as error:
        raise CheckpointError(f"cannot be read: {error.strerror}", where=str(file)) from error
    if hashlib.sha256(data).hexdigest() != checkpoint.state["sha256"].get(file.name):
        raise CheckpointError("the file is damaged: its sha256 is not the one written down", where=str(file))
    return load(data)


def write_checkpoint(folder: Path, tensors: Tensors, state: Mapping[str, Any]) -> Checkpoint:
    """Write a checkpoint beside the others, under a temporary name first.

    Args:
        folder: the run's ``checkpoints``.
        tensors: by part, tensors by parameter name.
        state: must hold ``step`` and ``images``.

    Raises:
        ArtgenError: it cannot be written, as when the disk is full; those that are there stay.
    """
    with told_of_disk(folder):
        return _written(folder, tensors, state)


def _written(folder: Path, tensors: Tensors, state: Mapping[str, Any]) -> Checkpoint:
    still_ours()  # a run folder that was moved away is not made again
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{state['step']:08d}"
    path, attempt = folder / name, 2
    while path.exists():
        path, attempt = folder / f"{name}-{attempt}", attempt + 1
    beside = folder / f".{path.name}.{own_word()}.part"
    try:
        beside.mkdir()
        whole = _filled(beside, tensors, {**state, "serial": _next_serial(folder)})
        still_ours()
        beside.rename(path)
    finally:
        shutil.rmtree(beside, ignore_errors=True)  # what a full disk left of it takes no room
    _fsync(folder)
    return Checkpoint(path, whole)


def _next_serial(folder: Path) -> int:
    return max((int(checkpoint.state["serial"]) for checkpoint in list_checkpoints(folder)), default=0) + 1


def _filled(folder: Path, tensors: Tensors, state: Mapping[str, Any]) -> Mapping[str, Any]:
    """Write all files of a checkpoint; returns what its state says."""
    digests = {}
    for part, by_name in tensors.items():
        file = folder / f"{part}.safetensors"
        save_file({key: _plain(tensor) for key, tensor in by_name.items()}, file)
        digests[file.name] = sha256_of(file)
    whole = {**state, "sha256": digests}
    (folder / STATE_FILE).write_text(_as_text(whole), encoding="utf-8")
    for file in folder.iterdir():
        _fsync(file)
    return whole


def note_quality(checkpoint: Checkpoint, quality: Mapping[str, float]) -> None:
    """Write into a checkpoint that its pictures were looked at, and what was measured of them."""
    state = {**checkpoint.state, "quality": quality, "looked_at": True}
    with whole_file(checkpoint.path / STATE_FILE) as beside:
        beside.write_text(_as_text(state), encoding="utf-8")
        _fsync(beside)


def thin_out(folder: Path, cap_bytes: float) -> None:
    """Keep the last two checkpoints and the best whole; of the others float16 snapshots at geometric distances.

    Damaged ones leave none, and neither do those behind which the training went back.

    Args:
        folder: the run's ``checkpoints``.
        cap_bytes: snapshots go, oldest first, while all of it takes more than this.
    """
    remove_leftovers(folder)
    checkpoints = list_checkpoints(folder)
    kept, way = kept_whole(folder), on_the_way(checkpoints)
    for checkpoint in checkpoints:
        if checkpoint not in kept:
            still_ours()
            if checkpoint in way:
                _snapshot(checkpoint, folder / SNAPSHOTS)
            remove_checkpoint(checkpoint.path)
    for snapshot in list_snapshots(folder):
        if size_bytes(folder) <= cap_bytes:
            break
        snapshot.unlink()


def drop_snapshots(folder: Path, beyond: int) -> None:
    """Delete the snapshots of later steps: the training goes back, and will come by them in another way.

    Args:
        folder: the run's ``checkpoints``.
        beyond: the step that it goes back to.
    """
    for snapshot in list_snapshots(folder):
        if int(snapshot.stem) > beyond:
            still_ours()
            snapshot.unlink()


def _snapshot(checkpoint: Checkpoint, folder: Path) -> None:
    earlier = [int(path.stem) for path in list_snapshots(folder.parent)]
    if checkpoint.step == 0 or any(step * SNAPSHOT_RATIO > checkpoint.step for step in earlier):
        return
    try:
        whole = load_part(checkpoint, SAMPLER)
    except CheckpointError:
        return  # it was told of when the training went on without it
    folder.mkdir(exist_ok=True)
    weights = {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in whole.items()}
    with whole_file(folder / f"{checkpoint.step:08d}.safetensors") as beside:
        save_file(weights, beside)
        _fsync(beside)


def _as_text(state: Mapping[str, Any]) -> str:
    return json.dumps(state, indent=1, sort_keys=True)


def _plain(tensor: Tensor) -> Tensor:
    return tensor.detach().to("cpu", memory_format=torch.contiguous_format).contiguous()


def _fsync(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return  # Windows has no handle on a folder to flush
    handle = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
