"""Finished canvases of a run: which there are and what they carry. Imports no torch.

A canvas is two files, `canvases/LABEL.safetensors` with its pixels and, written after it, `canvases/LABEL.json` with
all that is worth telling. Where the second is there the first is whole; its `key` says what the canvas was made of.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artgen.runs.files import WHOLE, told_of_disk, whole_file, write_text
from artgen.runs.ownership import still_ours

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint16]

_PICTURE = "picture"


@dataclass(frozen=True)
class FinishedCanvas:
    """A painted picture.

    Attributes:
        label: unique in the run, and a file name: ``astronaut--church-at-auvers``.
        key: hash of everything that it was made of and by.
        content: what was repainted, in a word; "" for a texture.
        style: what it was painted like, in words.
        seed: of its chance.
        width: in pixels; likewise `height`.
        channels: 3, or 4 with transparency.
        steps: that it took, over all sizes.
        seconds: that it took.
        losses: at the end, by name, unweighted.
        inputs: sha256 of the files by role (``content``, ``style``…), never their paths.
        notes: what the person should know, such as that it was painted in tiles.
        dpi: how large the content is printed, in pixels to an inch; 0 where it does not say.
        made_with: device, precision, number of threads and version of torch that it was painted with.
        path: its pixels.
    """

    label: str
    key: str
    content: str
    style: str
    seed: int
    width: int
    height: int
    channels: int
    steps: int
    seconds: float
    losses: Mapping[str, float] = field(default_factory=dict)
    inputs: Mapping[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    dpi: float = 0.0
    made_with: Mapping[str, str | int] = field(default_factory=dict)
    path: Path = Path()

    def pixels(self) -> Pixels:
        """The picture at full depth.

        Shape:
            (H, W, C) uint16, sRGB, straight alpha.
        """
        from safetensors.numpy import load_file

        pixels: Pixels = load_file(self.path)[_PICTURE]
        return pixels


def write_canvas(folder: Path, canvas: FinishedCanvas, pixels: Pixels) -> FinishedCanvas:
    """Keep a finished canvas; returns it with its `path`."""
    from safetensors.numpy import save_file

    path = _emptied(folder, canvas.label)
    with whole_file(path) as part:
        save_file({_PICTURE: pixels}, part)
    _write_mark(path, canvas)
    return read_canvas(path)


def move_canvas(canvas: FinishedCanvas, folder: Path, name: str, **told: str) -> None:
    """Have a finished canvas in another place; a process that is killed meanwhile leaves it whole in one of the two.

    Args:
        canvas: that is there.
        folder: where it goes; what has its name there is replaced.
        name: of its files there, which becomes its label.
        told: what else is told of it from now on.

    Raises:
        DiskError: the disk refused it, as when it is full.
        RunBusyError: another worker has taken over the task that it belongs to.
    """
    path = _emptied(folder, name)
    with whole_file(path) as part:
        try:
            part.hardlink_to(canvas.path)
        except OSError:  # not every disk has files of two names
            shutil.copyfile(canvas.path, part)
    _write_mark(path, replace(canvas, label=name, **told))  # type: ignore[arg-type] # only words are told anew
    with told_of_disk(canvas.path):
        still_ours()
        _mark(canvas.path).unlink()
        canvas.path.unlink()


def read_canvas(path: Path) -> FinishedCanvas:
    """What is told of a finished canvas."""
    return FinishedCanvas(**json.loads(_mark(path).read_text(encoding="utf-8")), path=path)


def finished_canvases(folder: Path) -> dict[str, FinishedCanvas]:
    """Every finished canvas in a folder by its label, in the order of labels."""
    marks = sorted(folder.glob(f"{WHOLE}.json")) if folder.is_dir() else []
    return {mark.stem: read_canvas(mark.with_suffix(".safetensors")) for mark in marks}


def _emptied(folder: Path, name: str) -> Path:
    """Where the pixels of a canvas go; from now on nothing there is taken for whole."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.safetensors"
    still_ours()
    _mark(path).unlink(missing_ok=True)
    return path


def _write_mark(path: Path, canvas: FinishedCanvas) -> None:
    told: dict[str, Any] = asdict(canvas)
    del told["path"]
    write_text(_mark(path), json.dumps(told, indent=1, ensure_ascii=False) + "\n")


def _mark(path: Path) -> Path:
    return path.with_suffix(".json")
