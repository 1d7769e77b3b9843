"""The task ``train``: open what is needed, go on where the run stands, train, measure."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

import torch

from artgen.data.sample import Stream
from artgen.engine.budget import Budget
from artgen.engine.journal import RunJournal, measure
from artgen.engine.painting import open_sampler
from artgen.engine.precision import choose_device
from artgen.engine.state import TrainState
from artgen.engine.train import train
from artgen.errors import ArtgenError, CheckpointError, InterruptedRun
from artgen.quality.exam import Exam
from artgen.runs.checkpoints import Checkpoint, best_checkpoint, latest_checkpoint
from artgen.runs.files import write_text
from artgen.runs.metrics import MetricsLog
from artgen.runs.progress import Progress
from artgen.runs.store import Run

if TYPE_CHECKING:
    from artgen.data.pictures import Pictures
    from artgen.job.model import Job
    from artgen.plugins import PluginManager


def train_task(run: Run, pictures: Pictures, progress: Progress, plugins: PluginManager) -> None:
    """Train the job's generator from where the run stands to the end of its budget.

    Raises:
        InterruptedRun: the user asked to stop; a checkpoint was written.
        ArtgenError: the device is out of memory, or the training went bad too often.
    """
    checkpoint = _where_it_stands(run, progress)
    exam = cache(lambda: _open_exam(run, pictures))
    if checkpoint is None or _share_spent(run.job, checkpoint) < 1:
        _go_on(run, pictures, checkpoint, exam() if run.job.quality.during else None, progress, plugins)
    if run.interrupted():
        raise InterruptedRun("interrupted; the same command goes on", where=run.name)
    _write_final_figures(run, exam, progress)


def _go_on(
    run: Run,
    pictures: Pictures,
    checkpoint: Checkpoint | None,
    exam: Exam | None,
    progress: Progress,
    plugins: PluginManager,
) -> None:
    """Train from a checkpoint, or from the start, to the end of the budget or until somebody asks to stop."""
    job, shape = run.job, pictures.shape
    if checkpoint:
        _return_to_thread_count(checkpoint, progress)
    state = TrainState.build(job, shape, precision=str(checkpoint.state["precision"]) if checkpoint else "")
    if checkpoint:
        state.restore(checkpoint)
        _warn_of_other_surroundings(checkpoint, state, progress)
        _drop_later_previews(run, state.step)
        progress.say(f"{run.name}: going on from step {state.step}")
    stream = Stream(pictures, job.job.seed, job.data.mirror if job.data else False, state.device)
    metrics = MetricsLog(run.metrics_file, step=state.step)
    if checkpoint:
        metrics.event("resumed", state.step, "went on from this checkpoint")
    journal = RunJournal(
        run,
        shape,
        state,
        metrics=metrics,
        progress=progress,
        plugins=plugins,
        exam=exam,
        rebuild=lambda bad: bad.become(TrainState.build(job, shape, precision=state.precision)),
    )
    try:
        finished = train(state, stream, job.train, job.job.seed, journal)
        text = f"{state.images / 1000:.1f} kimg in {state.seconds / 60:.1f} minutes of training"
        metrics.event("finished" if finished else "interrupted", state.step, text)
        progress.say(f"{run.name}: {'trained' if finished else 'stopped'} at step {state.step}, {text}")
    except torch.OutOfMemoryError as error:
        raise ArtgenError(
            f"the device is out of memory at batch {job.train.batch} and {shape}",
            where=run.name,
            hint="lower [train] batch or [data] size, or narrow the networks",
        ) from error
    finally:
        metrics.close()
        progress.finish("train")


def _where_it_stands(run: Run, progress: Progress) -> Checkpoint | None:
    """The checkpoint to go on from, None for a fresh start.

    Raises:
        CheckpointError: there are checkpoints, but none to go on from.
    """
    checkpoint, damaged = latest_checkpoint(run.checkpoints)
    for other in damaged:
        progress.warn(f"checkpoint {other.path.name} is damaged and is left out")
    if damaged and checkpoint is None:
        raise CheckpointError("every checkpoint is damaged", where=str(run.checkpoints), hint="start anew with --fresh")
    if checkpoint and not checkpoint.trainable and _share_spent(run.job, checkpoint) < 1:
        raise CheckpointError(
            "what further training needs was cleaned away",
            where=str(run.folder),
            hint="put the budget back, or start anew with --fresh",
        )
    return checkpoint


def _share_spent(job: Job, checkpoint: Checkpoint) -> float:
    return Budget.of(job.train).share(checkpoint.step, float(checkpoint.state["seconds"]))


def _open_exam(run: Run, pictures: Pictures) -> Exam:
    features = run.folder / f".real-{pictures.fingerprint[:16]}.safetensors"
    return Exam(pictures.array, device=choose_device(run.job.train.device), cache=features)


def _return_to_thread_count(checkpoint: Checkpoint, progress: Progress) -> None:
    threads = int(checkpoint.state["threads"])
    if threads != torch.get_num_threads():
        progress.say(f"using {threads} threads, as this run did before")
        torch.set_num_threads(threads)


def _warn_of_other_surroundings(checkpoint: Checkpoint, state: TrainState, progress: Progress) -> None:
    now = {"torch": torch.__version__, "device": str(state.device)}
    other = [
        f"{key} {checkpoint.state[key]}, now {value}" for key, value in now.items() if checkpoint.state[key] != value
    ]
    if other:
        progress.warn(f"this run began with {'; '.join(other)}: it goes on, but not to the same bytes")


def _drop_later_previews(run: Run, step: int) -> None:
    for later, path in run.progress_sheets():
        if later > step:
            path.unlink()


def _write_final_figures(run: Run, exam: Callable[[], Exam], progress: Progress) -> None:
    """Measure the checkpoint that the outputs are made from, on the job's full count of pictures, once."""
    count = run.job.quality.final
    best = best_checkpoint(run.checkpoints)
    if best is None or not count:
        return
    asked = {"checkpoint": best.info.sha256, "step": best.step, "pictures": count}
    known = run.final_figures()
    if {key: known.get(key) for key in asked} == asked:
        return
    progress.say(f"{run.name}: measuring {count} pictures of step {best.step}")
    figures = measure(exam(), open_sampler(run.job, best), count)
    write_text(run.figures_file, json.dumps({**asked, **figures}, indent=1) + "\n")
    shown = "  ".join(f"{name} {figures[f'quality/{name}']:.4f}" for name in ("kid_vgg", "swd", "diversity", "nearest"))
    progress.say(f"{run.name}: {shown}")
