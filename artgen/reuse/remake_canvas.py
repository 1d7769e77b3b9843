"""Making a canvas again: taken from the run that has it, or painted once more from its pictures."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli_w

from artgen.errors import DataError, JobError
from artgen.job import read_job, read_lock
from artgen.job.canvases import canvases
from artgen.launch.options import RunOptions
from artgen.launch.tasks import PAINT, do_task
from artgen.reuse.find import canvas_like, pictures_with
from artgen.reuse.remade import Remade, broken, digest_of
from artgen.runs.canvases import FinishedCanvas, finished_canvases
from artgen.runs.open import open_run
from artgen.runs.progress import Progress
from artgen.runs.store import LOCK_NAME, Run
from artgen.runs.tasks.stop import StopSignals
from artgen.terminal import harmless

if TYPE_CHECKING:
    from artgen.job.model import Job

_NAME = "remake"
_MADE_BY = ("generator", "backbone", "losses", "paint")
"""Tables of a job that decide how a canvas looks."""


@contextlib.contextmanager
def canvas_again(
    recipe: Mapping[str, Any], runs: Sequence[Path], inputs: Sequence[Path], progress: Progress
) -> Iterator[Remade]:
    """The finished canvas of a run where one was made in the same way; else it is painted again.

    Args:
        recipe: of a picture that shows a canvas.
        runs: folders to look for the run in.
        inputs: folders to look for the pictures in.
        progress: told how far it is.

    Raises:
        DataError: neither is there; the message has the sha256 of what is missing.
        InterruptedRun: the user asked to stop.
    """
    roles = _roles(recipe)
    settings = _settings(recipe)

    def fits(canvas: FinishedCanvas, lock: Mapping[str, Any]) -> bool:
        made_of = (dict(canvas.inputs), canvas.seed) == (roles, recipe.get("seed"))
        return made_of and _told(lock) == settings

    if found := canvas_like(fits, runs):
        folder, canvas = found
        (job,) = read_job(folder / LOCK_NAME, sets=["outputs=[]"], inputs_needed=False)
        run = Run(folder, job.name, job, read_lock(folder / LOCK_NAME))
        yield _shown(canvas, run, f"taken from the finished canvas in {folder}")
        return
    # absolute, as the job that names them lies in a folder elsewhere
    files = {digest: str(file.absolute()) for digest, file in pictures_with(roles, inputs).items()}
    with tempfile.TemporaryDirectory(prefix="artgen-") as scratch:
        job = _job(recipe, {role: [files[one] for one in digests] for role, digests in roles.items()}, scratch)
        with _painted(job, Path(scratch), progress) as run:
            (canvas,) = finished_canvases(run.canvases).values()
            yield _shown(canvas, run, f"painted again from {len(files)} pictures")


def _shown(canvas: FinishedCanvas, run: Run, how: str) -> Remade:
    from artgen.outputs.finished import Finished

    works = Finished([canvas], {}, run)
    return Remade(works.works[0], works, how)


def _roles(recipe: Mapping[str, Any]) -> dict[str, list[str]]:
    inputs = recipe.get("inputs")
    if not isinstance(inputs, dict) or not all(
        role.isprintable() and isinstance(digests, list) for role, digests in inputs.items()
    ):
        broken("it does not say what it was painted from")
    return {role: [digest_of(digest) for digest in digests] for role, digests in inputs.items()}


def _settings(recipe: Mapping[str, Any]) -> dict[str, Any]:
    settings = recipe.get("settings")
    if not isinstance(settings, dict) or not isinstance(settings.get("generator"), dict):
        broken("it does not say how it was painted")
    return _told(settings)


def _told(lock: Mapping[str, Any]) -> dict[str, Any]:
    """Of a lock or a recipe, what decides how a canvas looks: never a path, whoever wrote it."""
    from artgen.outputs.metadata import told_settings

    told = told_settings(lock)
    return {key: told[key] for key in _MADE_BY if key in told}


def _job(recipe: Mapping[str, Any], files: Mapping[str, list[str]], folder: str) -> Job:
    """A job of this one canvas."""
    settings = _settings(recipe)
    losses = settings.get("losses", [])
    if not isinstance(losses, list) or not all(isinstance(loss, dict) for loss in losses):
        broken("its losses are none")
    for loss in losses:
        name = str(loss.get("name"))
        for role, key in ((name, "images"), (f"{name}/mask", "mask")):
            if role in files and key in loss:
                loss[key] = files[role]
    generator = settings["generator"] | {"content": files.get("content", []), "keep": files.get("keep", [])}
    told = settings | {
        "job": {"name": _NAME, "seed": recipe.get("seed")},
        "generator": generator | {"textures": 1},
        "losses": losses,
        "outputs": [],
    }
    file = Path(folder) / "job.toml"
    try:
        file.write_text(tomli_w.dumps(told), encoding="utf-8")
        (job,) = read_job(file)
    except (JobError, TypeError, ValueError) as error:
        said = "\n".join(map(harmless, str(error).splitlines()))
        raise DataError(f"this artgen cannot paint as it says it was painted: {said}") from error
    if len(canvases(job)) != 1:
        broken("it was painted from several contents, or in several styles")
    return job


@contextlib.contextmanager
def _painted(job: Job, folder: Path, progress: Progress) -> Iterator[Run]:
    """A run of the job, in a folder that goes afterwards."""
    from artgen.plugins import plugin_manager

    plugins = plugin_manager()
    with (
        StopSignals(progress.warn) as signals,
        open_run(job, RunOptions(folder), fingerprints={}, plugins=plugins, warn=progress.warn) as run,
    ):
        run.interrupted = signals.requested
        do_task(PAINT, run, None, progress, plugins)
        yield run
