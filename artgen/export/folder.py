"""A folder that another person's artgen paints from, with no job and no pictures.

It is a small run folder: a lock that tells the job as pictures do, one checkpoint with what paints, a page to read. So
whatever takes a run takes it: `artgen render`, `remake`, the page, blending.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import tomli_w

import artgen
from artgen.engine.checkpoint import write_checkpoint
from artgen.errors import ArtgenError
from artgen.export.exported import Exported
from artgen.export.readme import readme
from artgen.export.scene import scene
from artgen.job import read_lock
from artgen.job.kept.exported import EXPORTED
from artgen.outputs.metadata.recipe import told_settings
from artgen.reuse.render import render_more
from artgen.runs.checkpoints import SAMPLER, list_checkpoints
from artgen.runs.files import whole_folder, write_text
from artgen.runs.progress import Progress
from artgen.runs.store import LOCK_NAME
from artgen.runs.tasks.attempts import TASKS

PREVIEW = "preview.png"
PICTURES = "pictures"
"""Where a lock says that pictures are; there are none, but a stylizer repaints what is put there."""

_KEPT_OF_STATE = ("step", "images", "classes", "stage", "quality", "blend")
_KEPT_OF_VERSIONS = ("format", "artgen", "python", "torch", "plugins", "blend")
_HEADER = """\
# Written by artgen: an exported generator, and the job that it learned by. Paint with it:
#     artgen render FOLDER
"""
_PREVIEW_SEEDS = "0-15"


def write_folder(exported: Exported, out: Path, progress: Progress) -> None:
    """Write the folder, or leave it where it is this very export.

    Raises:
        ArtgenError: something else is there, or it cannot be written.
        CheckpointError: the checkpoint is damaged.
    """
    if out.exists():
        if not _is_there(exported, out):
            raise ArtgenError("is there already, and is not this export", where=str(out), hint="Choose another --out.")
        return
    weights = exported.weights()
    with whole_folder(out) as part:
        state = {key: value for key, value in exported.checkpoint.state.items() if key in _KEPT_OF_STATE}
        write_checkpoint(part / "checkpoints", {SAMPLER: weights}, state)
        write_text(part / LOCK_NAME, f"{_HEADER}\n{tomli_w.dumps(_lock(exported))}")
        _paint_preview(part, exported, progress)
        write_text(part / "README.md", readme(exported, out.name, weights, PREVIEW))


def _lock(exported: Exported) -> dict[str, object]:
    """The job as every picture tells it: no paths, no outputs, no machines."""
    lock = exported.run.lock
    versions = {key: lock["lock"][key] for key in _KEPT_OF_VERSIONS if key in lock["lock"]}
    told = told_settings(lock)
    if "data" in told:
        told["data"]["folder"] = PICTURES
    return {"lock": {**versions, EXPORTED: {"by": artgen.__version__, **exported.marks}}, **told, "outputs": []}


def _is_there(exported: Exported, out: Path) -> bool:
    """Whether a folder is this export, and whole."""
    if not (out / LOCK_NAME).is_file():
        return False
    marks = read_lock(out / LOCK_NAME).get("lock", {}).get(EXPORTED, {})
    checkpoints = list_checkpoints(out / "checkpoints")
    return {**marks, "by": ""} == {"by": "", **exported.marks} and len(checkpoints) == 1 and checkpoints[0].intact()


def _paint_preview(folder: Path, exported: Exported, progress: Progress) -> None:
    """A sheet painted from the folder itself, so that nobody gets one that does not paint."""
    options = {"type": "sheet", "name": "preview"}
    if exported.run.job.paints_from == "picture":
        (folder / PICTURES).mkdir()
        scene().save(folder / PICTURES / "drawing.png")
    else:
        options["seeds"] = _PREVIEW_SEEDS
    (made,) = render_more(
        folder, [f"outputs=[{{{', '.join(f'{key}={json.dumps(v)}' for key, v in options.items())}}}]"], progress
    )
    (made / "sheet.png").replace(folder / PREVIEW)
    for left in ("artifacts", PICTURES, TASKS):
        shutil.rmtree(folder / left, ignore_errors=True)
