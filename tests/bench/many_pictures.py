"""A run whose gallery has thousands of pictures, a few of which stand for all: painting is not what is measured."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import cast

from artgen.job.model import Job
from artgen.outputs.config import GalleryConfig
from artgen.outputs.gallery import Gallery
from artgen.runs.checkpoints import CheckpointInfo
from artgen.runs.store import Run
from tests.outputs.networks import sampler

PICTURES = 5000
_DIFFERENT = 64
_NAME = "gallery"


def open_run(folder: Path) -> Run:
    """An empty run, or that which is there."""
    lock = {
        "job": {"name": "faces"},
        "generator": {"type": "dcgan"},
        "losses": [{"type": "adversarial", "weight": 1.0}],
    }
    checkpoint = CheckpointInfo(folder / "checkpoints" / "00000010", 10, 320, "ab" * 32, {})
    return Run(folder, "faces", cast(Job, None), lock, checkpoint)


def write_gallery(run: Run, count: int) -> Path:
    """The page over the first pictures; paints what is missing."""
    Gallery(GalleryConfig(count=count), _NAME).write(sampler(), run)
    return run.folder / "index.html"


def with_many_pictures(folder: Path) -> Path:
    """The page over `PICTURES` pictures of 16 px, with tiles and views as large as those of any."""
    write_gallery(open_run(folder), _DIFFERENT)
    gallery = folder / "artifacts" / _NAME
    for name in ("{}.png", "tiles/{}.webp", "views/{}.webp"):
        for seed in range(_DIFFERENT, PICTURES):
            stems = [f"seed-{one:06d}" for one in (seed % _DIFFERENT, seed)]
            os.link(*(gallery / name.format(stem) for stem in stems))
    facts = json.loads((gallery / "facts.json").read_text())
    known = list(facts["pictures"].values())
    facts["pictures"] = {f"seed-{seed:06d}": known[seed % _DIFFERENT] for seed in range(PICTURES)}
    (gallery / "facts.json").write_text(json.dumps(facts))
    return write_gallery(open_run(folder), PICTURES)
