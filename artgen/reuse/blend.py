"""One run out of two: coarse layers of the one's generator, fine ones of the other's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artgen.errors import ArtgenError, CheckpointError
from artgen.job import read_job, write_lock
from artgen.job.file_names import why_no_file_name
from artgen.job.kept.lock import lock_data
from artgen.runs.checkpoints import SAMPLER, Checkpoint, checkpoint_to_read
from artgen.runs.files import whole_folder
from artgen.runs.progress import Progress
from artgen.runs.store import LOCK_NAME

if TYPE_CHECKING:
    from artgen.job.model import Job


def blend_runs(
    coarse: Path, fine: Path, out: Path, at: str, transition: float, progress: Progress, *, device: str | None = None
) -> Path:
    """Make a run folder that paints with the coarse layers of one run and the fine ones of another.

    Batch norm's statistics are estimated anew: those of either run belong to the other layers of that run.

    Args:
        coarse: a run folder.
        fine: another one, of the same generator.
        out: the new run folder.
        at: the last size that is `coarse`: the shorter side of its grid in pixels, or the name of a layer there.
        transition: over how many doublings the one becomes the other.
        progress: told what was done.
        device: to estimate on, instead of the job's.

    Returns:
        The new run folder.

    Raises:
        CheckpointError: a run has nothing to paint with, or the two do not fit.
        ArtgenError: there is no such size, the folder is there already, or it cannot be written.
    """
    from artgen.engine.checkpoint import write_checkpoint
    from artgen.engine.painting import averaged_generator

    _check_name(out)
    (one, other) = _opened(coarse), _opened(fine)
    _check_that_they_fit(one, other)
    (job, checkpoint), (_, second) = one, other
    generator, shape, _, classes = averaged_generator(job, checkpoint, device)
    side_px = _side_of(generator.layer_sides, at) if hasattr(generator, "layer_sides") else 0
    tensors = _blended(generator, checkpoint, second, side_px, transition, classes)
    told = {
        "coarse": {"run": job.name, "sha256": checkpoint.info.sha256, "step": checkpoint.step},
        "fine": {"run": other[0].name, "sha256": second.info.sha256, "step": second.step},
        "side_px": side_px,
        "transition": transition,
    }
    images = max(checkpoint.info.images, second.info.images)
    state = {"step": max(checkpoint.step, second.step), "images": images, "blend": told}
    state |= {key: checkpoint.state[key] for key in ("stage", "classes") if key in checkpoint.state}
    with whole_folder(out) as part:
        write_checkpoint(part / "checkpoints", {SAMPLER: tensors}, state)
        _write_lock(job, part, out, told)
    progress.say(
        f"{out.name}: up to {side_px} pixels {job.name} at step {checkpoint.step}, "
        f"beyond that {other[0].name} at step {second.step}, {shape}"
    )
    return out


def _blended(
    generator: Any, coarse: Checkpoint, fine: Checkpoint, side_px: int, transition: float, classes: list[str]
) -> dict[str, Any]:
    """The weights in between, with statistics of their own."""
    from artgen.engine.checkpoint import load_part
    from artgen.engine.config import EMAConfig
    from artgen.engine.ema import EMA
    from artgen.latents.blending import blend

    weights = blend(
        generator, load_part(coarse, SAMPLER), load_part(fine, SAMPLER), side_px=side_px, transition=transition
    )
    generator.load_state_dict(weights)
    settled = EMA(generator, EMAConfig(), classes=len(classes))
    settled.settle()
    state: dict[str, Any] = settled.generator.state_dict()
    return state


def _opened(folder: Path) -> tuple[Job, Checkpoint]:
    (job,) = read_job(folder / LOCK_NAME, inputs_needed=False)
    best = checkpoint_to_read(folder / "checkpoints")
    if best is None or job.paints_from != "latent":
        raise CheckpointError(
            "there is no checkpoint of a latent generator", where=str(folder), hint="Train one first."
        )
    return job, best


def _check_that_they_fit(one: tuple[Job, Checkpoint], other: tuple[Job, Checkpoint]) -> None:
    """Weights may have the same shapes and mean other things: the options of both decide."""
    (job, checkpoint), (second, its) = one, other
    options = {
        "type": (job.generator.type, second.generator.type),
        **_pairs(job.generator.config.model_dump(), second.generator.config.model_dump()),
        "size and colours": (job.data and job.data.shape, second.data and second.data.shape),
        "classes": tuple(len(state.get("classes", [])) for state in (checkpoint.state, its.state)),
        "stage": (checkpoint.state.get("stage"), its.state.get("stage")),
    }
    for name, (first, then) in options.items():
        if first != then:
            raise CheckpointError(
                f"the two generators differ in their {name}: {first} in {job.name}, {then} in {second.name}",
                hint="Blend a run with one that started from it ([train] from), or with one of the same generator.",
            )


def _pairs(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {key: (one.get(key), other.get(key)) for key in {**one, **other}}


def _side_of(layer_sides: Mapping[str, int], at: str) -> int:
    """The shorter side of a grid, by its pixels or by the name of a layer that works on it."""
    sides = sorted(set(layer_sides.values()))
    side = layer_sides.get(at) or (int(at) if at.isdecimal() else 0)
    if side not in sides[:-1]:
        raise ArtgenError(
            f"'{at}' is no size at which one generator could end and the other begin",
            where="--at",
            hint=f"There are {', '.join(map(str, sides[:-1]))} pixels; a layer stands for its size, such as {next(name for name, side in layer_sides.items() if side == sides[-2])}.",
        )
    return side


def _check_name(out: Path) -> None:
    if why := why_no_file_name(out.name):
        raise ArtgenError(f"a run cannot be called '{out.name}': the name {why}", where="--out")
    if out.exists():
        raise ArtgenError("this folder is there already", where=str(out), hint="Name another one.")


def _write_lock(job: Job, folder: Path, out: Path, told: Mapping[str, Any]) -> None:
    """The coarse run's job under the new name; what it was blended from stands in its table `lock`.

    Args:
        folder: to write into.
        out: what it is going to be called.
    """
    named = replace(job, cell="", job=job.job.model_copy(update={"name": out.name}))
    lock = lock_data(named, out.absolute())
    lock["lock"]["blend"] = told
    write_lock(folder / LOCK_NAME, lock)
