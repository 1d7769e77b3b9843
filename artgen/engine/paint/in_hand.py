"""The checkpoint of the canvases in hand: one file of tensors and one that says what they are, replaced as a pair."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import safetensors.torch

from artgen.engine.paint.loop import InHand
from artgen.runs.checkpoints import sha256_of
from artgen.runs.files import whole_file, write_text
from artgen.runs.ownership import still_ours

_FOLDER = "in-hand"
_MARK = "stand.json"
_TENSORS = "tensors.safetensors"


def write_in_hand(canvases: Path, keys: Sequence[str], stand: InHand) -> None:
    """Keep where a group stands.

    Args:
        canvases: the folder of the run's canvases.
        keys: of the canvases of the group.
        stand: where they stand.
    """
    folder = canvases / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in stand.tensors.items()}
    with whole_file(folder / _TENSORS) as part:
        safetensors.torch.save_file(tensors, part)
    told = {
        "keys": list(keys),
        "stage": stand.stage,
        "step": stand.step,
        "seconds": round(stand.seconds, 1),
        "sha256": sha256_of(folder / _TENSORS),
    }
    write_text(folder / _MARK, json.dumps(told) + "\n")


def read_in_hand(canvases: Path, keys: Sequence[str]) -> InHand | None:
    """Where the group with these keys stands; None when it was not begun, or the two files do not belong together."""
    folder = canvases / _FOLDER
    try:
        told = json.loads((folder / _MARK).read_text(encoding="utf-8"))
        if told["keys"] != list(keys) or told["sha256"] != sha256_of(folder / _TENSORS):
            return None
        # copies, because sums over vectors that begin at odd addresses may differ in their last bits
        tensors = {name: tensor.clone() for name, tensor in safetensors.torch.load_file(folder / _TENSORS).items()}
    except (OSError, ValueError, KeyError):
        return None
    return InHand(told["stage"], told["step"], told["seconds"], tensors)


def drop_in_hand(canvases: Path) -> None:
    """The group is finished."""
    still_ours()
    shutil.rmtree(canvases / _FOLDER, ignore_errors=True)
