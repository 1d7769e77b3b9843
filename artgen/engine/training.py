"""The task ``train``: open what is needed, go on where the run stands, train, measure."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np
import torch

from artgen.data.cache_folder import SLOT_LENGTH
from artgen.data.sample import Stream
from artgen.engine.budget import Budget
from artgen.engine.footprint import measure_footprint
from artgen.engine.journal import RunJournal, as_numbers
from artgen.engine.memory import available_bytes, fitting
from artgen.engine.painting import open_sampler
from artgen.engine.precision import device_of
from artgen.engine.room import check_room_for_checkpoints
from artgen.engine.state import TrainState
from artgen.engine.subject import classes_learned, open_stream, shape_painted
from artgen.engine.team.accord import gathered, seen_by_batch_norm
from artgen.engine.team.meeting import team_of
from artgen.engine.threads import as_many_threads
from artgen.engine.train import train
from artgen.engine.transfer import start_from
from artgen.errors import ArtgenError, CheckpointError, InterruptedRun
from artgen.layers.out_of_memory import is_out_of_memory
from artgen.outputs.stills.nearest_pairs import write_nearest_pairs
from artgen.quality.exam import Exam
from artgen.runs.checkpoints import Checkpoint, best_intact_checkpoint, latest_checkpoint, remove_unfinished
from artgen.runs.files import write_text
from artgen.runs.metrics import Event, MetricsLog
from artgen.runs.ownership import still_ours
from artgen.runs.progress import Progress
from artgen.runs.store import Run

if TYPE_CHECKING:
    from artgen.data.pictures import Pictures
    from artgen.job.model import Job
    from artgen.plugins import PluginManager


FEWEST_FINAL = 250
"""Pictures that the final figures are of, however short the run was."""


def train_task(
    run: Run, pictures: Pictures, progress: Progress, plugins: PluginManager, pause_kimg: float | None = None
) -> None:
    """Train the job's generator from where the run stands to the end of its budget.

    Args:
        pause_kimg: end at so many thousands of pictures instead, with a checkpoint. Rates go by the whole budget, so
            that going on later comes to the same bytes as never having paused.

    Raises:
        InterruptedRun: the user asked to stop; a checkpoint was written.
        ArtgenError: the device is out of memory, or the training went bad too often.
    """
    checkpoint = _where_it_stands(run, progress)
    exam = cache(lambda: _open_exam(run, pictures))
    examined = run.job.paints_from == "latent"  # pictures that are repainted are not to be like the real
    affordable = None
    pause = Budget.of(run.job.train).steps_at(pause_kimg) if pause_kimg is not None else None
    look = checkpoint is not None and checkpoint.trainable and not checkpoint.looked_at
    if pause is not None and checkpoint is not None and checkpoint.step >= pause and not look:
        return
    if checkpoint is None or look or _share_spent(run.job, checkpoint) < 1:
        during = exam if examined and run.job.quality.during else None
        affordable = _go_on(run, pictures, checkpoint, during, progress, plugins, pause)
    _asked_to_stop(run)
    if examined and pause is None:
        _write_final_figures(run, exam, pictures, progress, affordable)


def _go_on(
    run: Run,
    pictures: Pictures,
    checkpoint: Checkpoint | None,
    exam: Callable[[], Exam] | None,
    progress: Progress,
    plugins: PluginManager,
    pause: int | None,
) -> int | None:
    """Train from a checkpoint, or from the start, to the end of the budget or until somebody asks to stop.

    Args:
        exam: opens what pictures are measured by; that looks at all real ones, which takes minutes the first time, so
            that what is wrong with the job's parts is told before.
        pause: a step to end at before the budget does.

    Returns:
        How many pictures can be measured in the job's share of the time; None when measuring was never clocked.
    """
    job = run.job
    remove_unfinished(run.checkpoints)
    stream = open_stream(job, pictures, device_of(job))
    if checkpoint:
        state = _fresh(run, pictures, progress, str(checkpoint.state["precision"]), resumed=True)
        state.restore(checkpoint)
        _drop_later_previews(run, state.step)
        progress.say(f"{run.name}: going on from step {state.step}")
    else:
        state = _fresh(run, pictures, progress)
    state.micro_batches.warn = progress.warn
    measured = exam() if exam else None
    check_room_for_checkpoints(run, state, progress)
    with team_of(run, pictures, state.micro_batches.slicing) as team, as_many_threads(team.threads):
        state.join(team)
        if checkpoint:
            _warn_of_other_surroundings(checkpoint, state, progress)
        state.micro_batches.size = _fitting_micro_batch(run, state, stream, progress, resumed=checkpoint is not None)
        return _learn(run, state, stream, checkpoint, measured, progress, plugins, pause)


def _learn(
    run: Run,
    state: TrainState,
    stream: Stream,
    checkpoint: Checkpoint | None,
    exam: Exam | None,
    progress: Progress,
    plugins: PluginManager,
    pause: int | None,
) -> int | None:
    """Train from where a state stands, see `_go_on`."""
    job, shape = run.job, stream.shape
    metrics = MetricsLog(run.metrics_file, step=state.step)
    if checkpoint:
        metrics.event("resumed", state.step, "went on from this checkpoint")
    journal = RunJournal(
        run,
        shape,
        state,
        stream,
        metrics=metrics,
        progress=progress,
        plugins=plugins,
        exam=exam,
        rebuild=lambda bad: bad.become(_fresh(run, stream.pictures, progress, bad.precision)),
        pause=pause,
    )
    try:
        if checkpoint and not checkpoint.looked_at:
            journal.look_at(checkpoint, state)
        finished = train(state, stream, job.train, job.job.seed, gathered(journal, state, stream.pictures, progress))
        text = f"{state.images / 1000:.1f} kimg in {state.seconds / 60:.1f} minutes of training"
        ended, told = _how_it_ended(finished, journal.paused(state))
        metrics.event(ended, state.step, text)
        progress.say(f"{run.name}: {told} at step {state.step}, {text}")
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        raise ArtgenError(
            f"the device is out of memory even with one picture of {shape} at a time",
            where=run.name,
            hint="lower [data] size, narrow the networks, or end what else uses the device",
        ) from error
    finally:
        metrics.close()
        progress.finish("train")
    if not journal.seconds_per_picture:
        return None
    return int(job.quality.share * state.seconds / journal.seconds_per_picture)


def _how_it_ended(finished: bool, paused: bool) -> tuple[Event, str]:
    """The event, and the word for it."""
    if finished:
        return "finished", "trained"
    return ("paused", "paused") if paused else ("interrupted", "stopped")


def _fresh(
    run: Run, pictures: Pictures, progress: Progress, precision: str = "", *, resumed: bool = False
) -> TrainState:
    """A state before its first step, with the weights that the job starts from unless others come from a checkpoint."""
    job, shape = run.job, shape_painted(run.job, pictures)
    state = TrainState.build(job, shape, precision=precision)
    state.classes = classes_learned(job, pictures)
    if job.train.from_ and not resumed:
        progress.say(f"{run.name}: {start_from(state, job, shape, job.train.from_)}")
    return state


def _fitting_micro_batch(run: Run, state: TrainState, stream: Stream, progress: Progress, *, resumed: bool) -> int:
    """How many pictures of a batch are worked on at a time; on a CPU, which kills who takes too much, it is measured.

    Never more than before, also where there is more memory now: a run that goes on is to come to the same.
    """
    job, free, slicing, before = run.job, available_bytes(), state.micro_batches.slicing, state.micro_batches.size
    if stream.device.type != "cpu" or free is None:
        return before
    free //= state.team.neighbours
    footprint = measure_footprint(TrainState.build(job, stream.shape, precision=state.precision), stream, job.job.seed)
    fixed = 0 if resumed else footprint.fixed  # what was restored is no longer among what is free
    most = min(before, slicing.largest)
    size = fitting(most, fixed, footprint.per_picture, free, slicing.least)
    if size == most:
        return before
    needed = fixed + most * footprint.per_picture
    progress.warn(
        f"{run.name}: {most} pictures at a time take about {needed / 1e9:.1f} GB and {free / 1e9:.1f} GB are "
        f"free: working on {size} at a time{_what_differs(state, size)}"
    )
    return size


def _what_differs(state: TrainState, size: int) -> str:
    """Whether it comes to the same when a batch is worked on in parts, in words."""
    if any(seen_by_batch_norm(network) for network in state.networks.values()):
        return "; batch norm looks at no more than these"
    if size < state.micro_batches.slicing.unit:
        return "; minibatch_stddev looks at no more than these"
    return ", which comes to the same"


def _where_it_stands(run: Run, progress: Progress) -> Checkpoint | None:
    """The checkpoint to go on from, None for a fresh start.

    Raises:
        CheckpointError: there are checkpoints, but none to go on from.
    """
    checkpoint, damaged = latest_checkpoint(run.checkpoints)
    for other in damaged:
        progress.warn(f"checkpoint {other.name} is damaged and is left out")
    if damaged and checkpoint is None:
        raise CheckpointError("every checkpoint is damaged", where=str(run.checkpoints), hint="start anew with --fresh")
    if checkpoint and "blend" in checkpoint.state and _share_spent(run.job, checkpoint) < 1:
        raise CheckpointError(
            "it was blended out of two runs, and paints but learns no more",
            where=str(run.folder),
            hint="`artgen render` paints from it",
        )
    if checkpoint and not checkpoint.trainable and _share_spent(run.job, checkpoint) < 1:
        raise CheckpointError(
            "what further training needs was cleaned away",
            where=str(run.folder),
            hint="put the budget back, or start anew with --fresh",
        )
    return checkpoint


def _share_spent(job: Job, checkpoint: Checkpoint) -> float:
    return Budget.of(job.train).share(checkpoint.step, float(checkpoint.state.get("seconds", 0.0)))


def _open_exam(run: Run, pictures: Pictures) -> Exam:
    # beside the decoded pictures: computed once per folder, not per run; the page finds it by what the lock tells
    slot = pictures.path.name[:SLOT_LENGTH]
    features = pictures.path.with_name(f"{slot}-{pictures.fingerprint[:16]}.safetensors")
    device = device_of(run.job)
    mirror = run.job.data is not None and run.job.data.mirror
    asked = partial(_asked_to_stop, run)
    return Exam(pictures.array, device=device, labels=pictures.labels, mirror=mirror, cache=features, between=asked)


def _asked_to_stop(run: Run) -> None:
    """End what is worth nothing before it is whole."""
    if run.interrupted():
        raise InterruptedRun("interrupted; the same command goes on", where=run.name)


def _warn_of_other_surroundings(checkpoint: Checkpoint, state: TrainState, progress: Progress) -> None:
    now = {"torch": torch.__version__, "device": str(state.device), "processes": state.team.size}
    if state.device.type == "cpu":
        now["threads"] = state.threads
    before = {"processes": 1, "threads": state.threads, **checkpoint.state}
    other = [f"{key} {before[key]}, now {value}" for key, value in now.items() if before[key] != value]
    if other:
        progress.warn(f"this run began with {'; '.join(other)}: it goes on, but not to the same bytes")


def _drop_later_previews(run: Run, step: int) -> None:
    for later, path in run.progress_sheets():
        if later > step:
            still_ours()
            path.unlink(missing_ok=True)


def _write_final_figures(
    run: Run, exam: Callable[[], Exam], pictures: Pictures, progress: Progress, affordable: int | None
) -> None:
    """Measure the checkpoint that the outputs are made from, once.

    Args:
        affordable: how many pictures the share of the time allows, None where nobody knows; `FEWEST_FINAL` always are.
    """
    quality = run.job.quality
    best, _ = best_intact_checkpoint(run.checkpoints)
    if best is None or not quality.final:
        return
    asked = {"checkpoint": best.info.sha256, "step": best.step, "final": quality.final, "share": quality.share}
    known = run.final_figures()
    if {key: known.get(key) for key in asked} == asked:
        return
    count = quality.final if affordable is None else min(quality.final, max(FEWEST_FINAL, affordable))
    progress.say(f"{run.name}: measuring {count} pictures of step {best.step}")
    sampler = open_sampler(run.job, best, shape=shape_painted(run.job, pictures), warn=progress.warn)
    real = exam()
    painted = []
    for picture in sampler.at_seeds(range(count), label=real.classes(count)):
        _asked_to_stop(run)
        painted.append(picture)
    fakes = np.stack(painted)
    findings = real.examine(fakes, between=partial(_asked_to_stop, run))
    pairs = write_nearest_pairs(run, findings, fakes, pictures.array)
    figures = {**asked, "pictures": count, **as_numbers(findings.figures), "nearest_pairs": pairs}
    write_text(run.figures_file, json.dumps(figures, indent=1) + "\n")
    shown = "  ".join(f"{name} {figure.value:.4g}" for name, figure in findings.figures.items())
    progress.say(f"{run.name}: {shown}")
