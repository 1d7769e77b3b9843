"""What can go from a run folder without loss of anything that was finished."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from artgen.errors import CheckpointError
from artgen.runs.checkpoints import (
    SAMPLER,
    STATE_FILE,
    TRAINING_ONLY,
    Checkpoint,
    best_checkpoint,
    kept_whole,
    list_checkpoints,
    list_snapshots,
    remove_checkpoint,
    size_bytes,
)
from artgen.runs.files import write_text
from artgen.runs.store import LOCK_NAME
from artgen.runs.tasks.holding import held_run

_LEFT_OVER = ".*.part*"


def find_runs(path: Path) -> list[Path]:
    """The run folder itself, or the run folders directly below it."""
    # os.path, which says no of a folder that nobody may look into and raises nothing
    if os.path.isfile(path / LOCK_NAME):  # noqa: PTH113
        return [path]
    return sorted(folder for folder in path.iterdir() if os.path.isfile(folder / LOCK_NAME))  # noqa: PTH113


def clean_run(folder: Path, *, finished: bool, dry_run: bool) -> int:
    """Delete what can go: half-written files, older checkpoints, snapshots.

    Args:
        finished: of the rest, also what only further training needs.
        dry_run: only count.

    Returns:
        Bytes freed.

    Raises:
        RunBusyError: a process is writing into the run.
        CheckpointError: the one checkpoint that would be left is damaged.
    """
    with held_run(folder, "command"):
        checkpoints = folder / "checkpoints"
        kept = kept_whole(checkpoints)
        best = best_checkpoint(checkpoints)
        if finished and best:
            _check_that_it_paints(best)
            kept = [best]
        goes = list(folder.rglob(_LEFT_OVER))
        goes += list_snapshots(checkpoints)
        goes += [c.path for c in list_checkpoints(checkpoints) if c not in kept]
        if finished and best:
            goes += [best.path / f"{part}.safetensors" for part in TRAINING_ONLY if best.trainable]
        freed = sum(size_bytes(path) for path in goes)
        if not dry_run:
            if finished and best:
                _keep_only_what_paints(best)
            for path in goes:
                _delete(path)
    return freed


def _check_that_it_paints(best: Checkpoint) -> None:
    if not best.intact():
        raise CheckpointError(
            "the best checkpoint is damaged; nothing was deleted, as the others are all that is left",
            where=str(best.path),
            hint="Delete this folder: the best of the others counts then. Was it the last one, `artgen run` goes on "
            "from the one before and writes it again.",
        )


def _keep_only_what_paints(checkpoint: Checkpoint) -> None:
    """Note first what will be gone, so that a checkpoint is never taken for damaged."""
    digests = checkpoint.state["sha256"]
    sampler = f"{SAMPLER}.safetensors"
    state = {**checkpoint.state, "sha256": {sampler: digests[sampler]}}
    write_text(checkpoint.path / STATE_FILE, json.dumps(state, indent=1, sort_keys=True))


def _delete(path: Path) -> None:
    if path.is_dir() and path.match(_LEFT_OVER):
        shutil.rmtree(path)
    elif path.is_dir():
        remove_checkpoint(path)
    else:
        path.unlink(missing_ok=True)
