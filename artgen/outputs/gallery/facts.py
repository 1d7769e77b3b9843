"""What the page sorts pictures by: their colour, what they look like, how near they are to the training pictures.

Facts are found once for each picture and kept beside the tiles. None depends on the other pictures, so a page over
thousands of pictures and one new one costs one new picture.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from artgen.backbones.config import VGG16Config
from artgen.backbones.vgg16 import VGG16
from artgen.outputs.gallery.colour import mean_oklab
from artgen.outputs.gallery.training import Training, training_of
from artgen.outputs.metadata import canonical_json
from artgen.quality.features import features
from artgen.quality.nearest import nearest
from artgen.runs.files import write_text

if TYPE_CHECKING:
    from artgen.outputs.gallery.tiles import PagePicture
    from artgen.outputs.works import Works
    from artgen.runs.store import Run

_DEFINITION = 1
"""Raised when facts mean something else, so that kept ones are found again."""
_FILE = "facts.json"
_FEATURES, _LOOK = 3840, 96
_LOOK_SCALE = 127.0
_BATCH = 25
_LARGE_PX = 1024
"""Of larger pictures the tile is looked at: VGG-16 sees 96 pixels of each, and 25 of them fill gigabytes."""


@dataclass(frozen=True)
class Fact:
    """Of one picture.

    Attributes:
        colour: mean colour in OKLab: lightness 0 to 1, green to red, blue to yellow.
        look: a vector whose distances are those of the pictures to VGG-16, int8 in base64.
        nearest: distance to the nearest training picture, in units of the training pictures' own mean distance to
            their nearest; None where nobody knows.
    """

    colour: tuple[float, float, float]
    look: str
    nearest: float | None

    def look_vector(self) -> NDArray[np.int8]:
        """Shape: (96,)."""
        return np.frombuffer(base64.b64decode(self.look), np.int8)


def facts_of(
    pictures: Sequence[PagePicture], works: Works, folder: Path, run: Run, device: torch.device | str
) -> list[Fact]:
    """The facts of all pictures, in their order; those that are missing are found and kept.

    How near pictures are to the training pictures is missing until somebody has measured those.

    Args:
        folder: where they are kept.
        device: where VGG-16 runs.

    Raises:
        ArtgenError: the file cannot be written.
    """
    made_of = _digest(works, run)
    known = _read(folder / _FILE, made_of)
    compared = {stem for stem, fact in known.items() if fact.nearest is not None}
    training = training_of(run) if works.numbered and any(p.work.stem not in compared for p in pictures) else None
    missing = [picture for picture in pictures if picture.work.stem not in (compared if training else known)]
    if missing:
        found = _found(missing, training, device)
        known |= zip((picture.work.stem for picture in missing), found, strict=True)
        told = {stem: [fact.colour, fact.look, fact.nearest] for stem, fact in known.items()}
        write_text(folder / _FILE, canonical_json({"made_of": made_of, "pictures": told}))
    return [known[picture.work.stem] for picture in pictures]


def _digest(works: Works, run: Run) -> str:
    """Of all that decides the facts: what the pictures are, and what they are compared with."""
    training = run.lock.get("lock", {}).get("pictures", "")
    text = canonical_json([_DEFINITION, works.recipe, works.identity, training])
    return hashlib.sha256(text.encode()).hexdigest()


def _read(file: Path, made_of: str) -> dict[str, Fact]:
    try:
        kept: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        if kept["made_of"] == made_of:
            return {stem: Fact(tuple(colour), look, near) for stem, (colour, look, near) in kept["pictures"].items()}
    except (OSError, ValueError, KeyError, TypeError):
        pass  # not there, or damaged: found again
    return {}


def _found(pictures: Sequence[PagePicture], training: Training | None, device: torch.device | str) -> Iterator[Fact]:
    network = VGG16(VGG16Config(pooling="max")).to(device)
    directions = np.random.default_rng(0).standard_normal((_FEATURES, _LOOK)) / np.sqrt(_LOOK)
    for pixels in _batches(pictures):
        vectors = features(pixels, network)
        # distances survive random directions (Johnson and Lindenstrauss), and no picture decides what others look like
        looks = np.clip(np.rint(vectors.numpy() @ directions * _LOOK_SCALE), -127, 127).astype(np.int8)
        apart: Sequence[float | None] = [None] * len(pixels)
        if training:
            apart = (nearest(vectors, training.vectors).distance / training.usual).round(decimals=4).tolist()
        for picture, look, near in zip(pixels, looks, apart, strict=True):
            yield Fact(mean_oklab(picture), base64.b64encode(look.tobytes()).decode(), near)


def _batches(pictures: Sequence[PagePicture]) -> Iterator[NDArray[np.uint8]]:
    """(N, H, W, 4) of pictures of one size that follow one another."""
    for _, alike in groupby(pictures, key=lambda picture: (picture.work.width, picture.work.height)):
        while batch := [_rgba(picture) for picture in islice(alike, _BATCH)]:
            yield np.stack(batch)


def _rgba(picture: PagePicture) -> NDArray[np.uint8]:
    large = max(picture.work.width, picture.work.height) > _LARGE_PX
    with Image.open(picture.tile if large else picture.full) as image:
        return np.asarray(image.convert("RGBA"))
