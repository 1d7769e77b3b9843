"""Runs with finished canvases, made of the pictures of the tests; only the painting itself is left out."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artgen.job import read_job
from artgen.job.canvases import CanvasPlan, canvases
from artgen.job.kept.lock import lock_data
from artgen.runs.canvases import FinishedCanvas, write_canvas
from artgen.runs.checkpoints import sha256_of
from artgen.runs.store import Run
from tests.data.sample_pictures import PICTURES

CONTENTS = ("astronaut.jpg", "coffee.jpg", "fox.webp")
STYLES = ("church-at-auvers.png", "langlois-bridge.webp")
SIDE_PX = 48
LOSSES = {"content": 0.2134, "gram-style": 0.01234}


def canvas_run(folder: Path, contents: Sequence[str] = CONTENTS, styles: Sequence[str] = STYLES) -> Run:
    """An open run of a job of canvases; pictures that it was made from lie in a folder "secret"."""
    secret = folder / "secret"
    secret.mkdir(exist_ok=True)
    for name in (*CONTENTS, *STYLES):
        shutil.copy(PICTURES / name, secret / name)
    images = json.dumps([f"secret/{name}" for name in styles])
    content = json.dumps([f"secret/{name}" for name in contents])
    job_file = folder / "arles.toml"
    job_file.write_text(
        f"[generator]\ntype = 'canvas'\nsize = {SIDE_PX}\ncontent = {content}\n"
        f"[[losses]]\ntype = 'content'\n[[losses]]\ntype = 'gram-style'\nimages = {images}\n",
        encoding="utf-8",
    )
    (job,) = read_job(job_file)
    run = Run(folder / "run", job.name, job, lock_data(job, folder / "run"))
    run.folder.mkdir(exist_ok=True)
    shutil.copy(job_file, run.folder / "job.toml")
    return run


def paint_all(run: Run) -> dict[str, NDArray[np.uint16]]:
    """Finish every canvas; returns the pixels by label."""
    return {plan.label: paint_one(run, plan) for plan in canvases(run.job)}


def paint_one(run: Run, plan: CanvasPlan, **told: Any) -> NDArray[np.uint16]:
    """Finish one canvas: its content, if it has one, with the mean colour of its style."""
    (style, *_), *_ = plan.styles.values()
    tint = np.asarray(Image.open(style).convert("RGB").resize((1, 1)), np.float64)
    pixels = _deep(plan.content) if plan.content else np.zeros((SIDE_PX, SIDE_PX, 3))
    pixels[..., :3] = 0.7 * pixels[..., :3] + 0.3 * 257 * tint
    deep = pixels.round().astype(np.uint16)
    height, width, channels = deep.shape
    canvas = FinishedCanvas(
        label=plan.label,
        key=f"key of {plan.label}",
        content=plan.content.stem if plan.content else "",
        style=plan.style,
        seed=plan.seed,
        width=width,
        height=height,
        channels=channels,
        steps=440,
        seconds=93.4,
        losses=LOSSES,
        inputs={role: [sha256_of(file) for file in files] for role, files in plan.files().items()},
        notes=["painted in tiles of 512 pixels"],
    )
    write_canvas(run.canvases, FinishedCanvas(**{**vars(canvas), **told}), deep)
    return deep


def _deep(file: Path) -> NDArray[np.float64]:
    """(H, W, C) in 0…65535, the long side as a canvas has it."""
    with Image.open(file) as opened:
        image = opened.convert("RGBA" if opened.mode == "RGBA" else "RGB")
    image.thumbnail((SIDE_PX, SIDE_PX))
    return np.asarray(image, np.float64) * 257
