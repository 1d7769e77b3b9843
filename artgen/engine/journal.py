"""What goes on around the training loop: rows of numbers, checkpoints, previews, measuring, going back."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from artgen.engine.budget import Budget
from artgen.engine.checkpoint import thin_out, write_checkpoint
from artgen.engine.precision import memory_in_use
from artgen.engine.state import TrainState
from artgen.errors import ArtgenError
from artgen.latents.sampler import Sampler
from artgen.outputs.progress_sheet import write_progress_sheet
from artgen.runs.checkpoints import latest_checkpoint
from artgen.runs.metrics import MetricsLog
from artgen.runs.progress import Progress
from artgen.runs.store import Run

if TYPE_CHECKING:
    from artgen.contracts import PictureShape
    from artgen.plugins import PluginManager
    from artgen.quality.exam import Exam

ROLLBACKS_AT_MOST = 3
PREVIEW_SEEDS = range(36)
FEWEST_MEASURED = 50


class RunJournal:
    """Writes what a training leaves into its run folder.

    Args:
        state: as the training begins.
        exam: measures pictures against the real ones; None measures nothing.
        rebuild: brings a state back to before its first step, for a run that went bad before its first checkpoint.
    """

    def __init__(
        self,
        run: Run,
        shape: PictureShape,
        state: TrainState,
        *,
        metrics: MetricsLog,
        progress: Progress,
        plugins: PluginManager,
        exam: Exam | None,
        rebuild: Callable[[TrainState], None],
    ) -> None:
        self.run = run
        self.shape = shape
        self.metrics = metrics
        self.progress = progress
        self.plugins = plugins
        self.exam = exam
        self._rebuild = rebuild
        self._config = run.job.train
        self._budget = Budget.of(self._config)
        self._measuring_s = 0.0
        self._seconds_per_picture = 0.0
        self._last_log = state.images, state.seconds
        self._stop = False

    def log(self, state: TrainState, means: dict[str, float]) -> None:
        """Write a row, show it, tell the plugins, and ask them whether to stop."""
        images, seconds = self._last_log
        rate = (state.images - images) / (state.seconds - seconds) if state.seconds > seconds else 0.0
        self._last_log = state.images, state.seconds
        numbers = {"images": state.images, "seconds": round(state.seconds, 3), **means, "rate_img_s": round(rate, 2)}
        memory = memory_in_use(state.device)
        if memory:
            numbers["memory_bytes"] = memory
        self.metrics.row(state.step, numbers)
        self.run.on_metrics(state.step, numbers)
        self._stop |= any(self.plugins.notify("stop_requested", run=self.run, step=state.step))
        shown = {
            "img/s": rate,
            "D": means.get("loss/discriminator", float("nan")),
            "G": means.get("loss/generator", float("nan")),
        }
        if memory:
            shown["GB"] = memory / 1e9
        self.progress.update("train", self._budget.progress(state), 1.0, shown)

    def stop_requested(self, _state: TrainState) -> bool:
        """Whether the user or a plugin asked to end."""
        return self._stop or self.run.interrupted()

    def checkpoint(self, state: TrainState, means: dict[str, float]) -> None:
        """Write a checkpoint with a preview of its pictures and, where time allows, what they are worth."""
        if means:
            self.log(state, means)
        state.ema.settle()
        sampler = Sampler(state.ema.generator, self.shape, device=state.device)
        preview = self.run.artifact_folder("progress") / f"{state.step:08d}.webp"
        write_progress_sheet(preview, list(sampler.at_seeds(PREVIEW_SEEDS)))
        self.run.record("sheet", preview, "progress", step=state.step)
        quality = self._measure(state, sampler)
        if quality:
            measured = {"images": state.images, "seconds": round(state.seconds, 3), **quality}
            self.metrics.row(state.step, measured)
            self.run.on_metrics(state.step, measured)
        checkpoint = write_checkpoint(self.run.checkpoints, state.tensors(), {**state.numbers(), "quality": quality})
        thin_out(self.run.checkpoints, self._config.keep_gb * 1e9)
        self.plugins.notify("checkpoint_saved", run=self.run, path=checkpoint.path, step=state.step)

    def go_back(self, state: TrainState) -> None:
        """Restore the last good checkpoint with half the rate.

        Raises:
            ArtgenError: it has gone bad too often.
        """
        bad_step, rollbacks, rate_scale = state.step, state.rollbacks, state.rate_scale
        if rollbacks >= ROLLBACKS_AT_MOST:
            raise ArtgenError(
                f"the losses were no numbers any more at step {bad_step}, for the {rollbacks + 1}th time",
                where=self.run.name,
                hint="lower [train.generator] rate and [train.discriminator] rate, or use precision = 'fp32'",
            )
        checkpoint, _ = latest_checkpoint(self.run.checkpoints)
        if checkpoint is None:
            self._rebuild(state)
        else:
            state.restore(checkpoint)
        state.rollbacks, state.rate_scale = rollbacks + 1, rate_scale / 2
        text = (
            f"a loss was no number at step {bad_step}: going on from step {state.step} "
            f"with {state.rate_scale:g} of the rate"
        )
        self.metrics.event("rollback", bad_step, text)
        self.progress.warn(text)
        self._last_log = state.images, state.seconds

    def _measure(self, state: TrainState, sampler: Sampler) -> dict[str, float]:
        """Figures of at most `during` pictures, fewer or none where they would take too much of the time."""
        during = self.run.job.quality.during
        if self.exam is None or not during:
            return {}
        count = during
        last = self._budget.spent(state)
        if not last and self._seconds_per_picture:
            allowed_s = self.run.job.quality.share * state.seconds - self._measuring_s
            count = min(during, int(allowed_s / self._seconds_per_picture))
        if not last and not self._seconds_per_picture:
            count = min(during, FEWEST_MEASURED)  # the first time shows what a picture costs
        if count < min(during, FEWEST_MEASURED):
            return {}
        began = time.monotonic()
        measured = measure(self.exam, sampler, count)
        took_s = time.monotonic() - began
        self._measuring_s += took_s
        self._seconds_per_picture = took_s / count
        return measured


def measure(exam: Exam, sampler: Sampler, count: int) -> dict[str, float]:
    """The figures of the pictures of the first `count` seeds, as ``quality/NAME``, with the ends of their intervals."""
    pictures = np.stack(list(sampler.at_seeds(range(count))))
    numbers = {}
    for name, figure in exam.measure(pictures).items():
        numbers[f"quality/{name}"] = figure.value
        numbers[f"quality/{name}_low"] = figure.low
        numbers[f"quality/{name}_high"] = figure.high
    return numbers
