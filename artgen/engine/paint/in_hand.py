"""The checkpoint of the canvases in hand: a file of tensors, and one that says which it is, and replaces the last."""

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
    file = folder / f"stage-{stand.stage}-step-{stand.step}.safetensors"
    with whole_file(file) as part:
        safetensors.torch.save_file(tensors, part)
    told = {
        "keys": list(keys),
        "stage": stand.stage,
        "step": stand.step,
        "seconds": round(stand.seconds, 1),
        "file": file.name,
        "sha256": sha256_of(file),
    }
    write_text(folder / _MARK, json.dumps(told) + "\n")
    for older in folder.glob("*.safetensors"):  # the last one counts until here
        if older != file:
            older.unlink()


def read_in_hand(canvases: Path, keys: Sequence[str]) -> InHand | None:
    """Where the group with these keys stands; None when it was not begun, or the files are damaged."""
    folder = canvases / _FOLDER
    try:
        told = json.loads((folder / _MARK).read_text(encoding="utf-8"))
        file = folder / Path(told["file"]).name
        if told["keys"] != list(keys) or told["sha256"] != sha256_of(file):
            return None
        # copies, because sums over vectors that begin at odd addresses may differ in their last bits
        tensors = {name: tensor.clone() for name, tensor in safetensors.torch.load_file(file).items()}
    except (OSError, ValueError, KeyError):
        return None
    return InHand(told["stage"], told["step"], told["seconds"], tensors)


def keys_in_hand(canvases: Path) -> list[str]:
    """Of the canvases of the group that was begun; none where none was, or where its mark is damaged."""
    try:
        return list(json.loads((canvases / _FOLDER / _MARK).read_text(encoding="utf-8"))["keys"])
    except (OSError, ValueError, KeyError):
        return []


def drop_in_hand(canvases: Path) -> None:
    """The group is finished."""
    still_ours()
    shutil.rmtree(canvases / _FOLDER, ignore_errors=True)
