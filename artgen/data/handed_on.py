"""Decoded pictures that another process of this machine is to read: where they are, instead of looking for them again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from artgen.contracts import PictureShape
from artgen.data.pictures import Pictures


def hand_on(pictures: Pictures, folder: Path) -> dict[str, Any]:
    """What `taken_up` needs, as JSON has it.

    Args:
        folder: where the classes of the pictures are written, if they have any; names of files are not handed on.
    """
    labels = None
    if pictures.labels is not None:
        labels = folder / "labels.npy"
        np.save(labels, pictures.labels, allow_pickle=False)
    return {
        "path": str(pictures.path),
        "shape": asdict(pictures.shape),
        "count": len(pictures),
        "fingerprint": pictures.fingerprint,
        "classes": list(pictures.classes),
        "labels": labels and str(labels),
    }


def taken_up(told: Mapping[str, Any]) -> Pictures:
    """The pictures, without the names of their files."""
    names = [""] * int(told["count"])
    pictures = Pictures(Path(told["path"]), PictureShape(**told["shape"]), names, told["fingerprint"], ())
    pictures.classes = tuple(told["classes"])
    if told["labels"]:
        pictures.labels = np.load(told["labels"], allow_pickle=False)
    return pictures
