"""Handing on what a run has learned."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from artgen.errors import ArtgenError
from artgen.job import read_job, read_lock
from artgen.launch.tasks import checkpoint_to_paint_with
from artgen.runs.files import whole_file
from artgen.runs.progress import Progress
from artgen.runs.store import LOCK_NAME, Run

if TYPE_CHECKING:
    from artgen.export.exported import Dtype, Exported

Form = Literal["folder", "safetensors", "onnx"]
ENDINGS: dict[Form, str] = {"folder": "", "safetensors": ".safetensors", "onnx": ".onnx"}


@dataclass(frozen=True)
class ExportOptions:
    """What is made of a run.

    Attributes:
        out: None for the run's name, with the form's ending, here.
        dtype: of the weights.
        credit: a line that it carries on who made it and how it may be used.
    """

    form: Form = "folder"
    out: Path | None = None
    dtype: Dtype = "float32"
    credit: str = ""


def export_run(folder: Path, options: ExportOptions, progress: Progress) -> Path:
    """Write the best generator of a run, which is only read; where this very export is there already, nothing changes.

    Returns:
        What was written.

    Raises:
        CheckpointError: there is nothing to paint with, or it is damaged.
        ArtgenError: the run has no network, it cannot be expressed in this form, or it cannot be written.
    """
    run, exported = _opened(folder, options)
    out = options.out or Path(f"{run.name}{ENDINGS[options.form]}")
    if options.form == "folder":
        from artgen.export.folder import write_folder

        write_folder(exported, out, progress)
        return out
    if out.is_dir():
        raise ArtgenError("is a folder", where=str(out), hint="Choose another --out.")
    data = _file(exported, options.form)
    if out.exists() and out.read_bytes() != data:
        raise ArtgenError("is there already, and is not this export", where=str(out), hint="Choose another --out.")
    if not out.exists():
        with whole_file(out) as part:
            part.write_bytes(data)
    return out


def _opened(folder: Path, options: ExportOptions) -> tuple[Run, Exported]:
    """The run, read but not written into, and what of it is exported."""
    from artgen.export.exported import Exported

    (job,) = read_job(folder / LOCK_NAME, sets=["outputs=[]"], inputs_needed=False)
    if job.paints_from == "canvas":
        raise ArtgenError(
            "a run that paints canvases has no network to export", where=str(folder), hint="It has pictures: artifacts/"
        )
    run = Run(folder, job.name, job, read_lock(folder / LOCK_NAME))
    return run, Exported(run, checkpoint_to_paint_with(run), options.dtype, options.credit)


def _file(exported: Exported, form: Form) -> bytes:
    if form == "safetensors":
        from artgen.export.weights import weights_file

        return weights_file(exported)
    from artgen.engine.painting import averaged_generator
    from artgen.export.onnx_graph import onnx_model
    from artgen.export.weights import KEY
    from artgen.outputs.metadata.recipe import canonical_json

    if exported.dtype != "float32":
        raise ArtgenError("an ONNX model is float32, as it is checked", hint="Leave --dtype out.")
    generator, shape, _, _ = averaged_generator(exported.run.job, exported.checkpoint, "cpu")
    return onnx_model(generator, shape, {KEY: canonical_json(exported.told)})
