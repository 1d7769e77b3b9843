"""What goes on around the training loop: rows of numbers, checkpoints, previews, measuring, going back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from artgen.engine.budget import Budget
from artgen.engine.checkpoint import drop_snapshots, note_quality, thin_out, write_checkpoint
from artgen.engine.ema import SETTLE_BATCH
from artgen.engine.precision import memory_in_use
from artgen.engine.state import TrainState
from artgen.engine.threads import OtherWork
from artgen.engine.watch import Wrong
from artgen.errors import ArtgenError
from artgen.job.file_names import PROGRESS
from artgen.latents.sampler import Picture, Sampler, to_bytes
from artgen.layers.out_of_memory import is_out_of_memory
from artgen.outputs.stills.progress_sheet import write_progress_sheet
from artgen.runs.checkpoints import latest_checkpoint, varied_checkpoint
from artgen.runs.metrics import Event, MetricsLog
from artgen.runs.progress import Progress
from artgen.runs.store import Run

if TYPE_CHECKING:
    from artgen.contracts import PictureShape
    from artgen.engine.samples import Pictures
    from artgen.plugins import PluginManager
    from artgen.quality.bootstrap import Measure
    from artgen.quality.exam import Exam
    from artgen.runs.checkpoints import Checkpoint

ROLLBACKS_AT_MOST = 3
SLOWEST_DISCRIMINATOR = 1 / 8
"""How far its rate is lowered while it is far ahead."""
CAUGHT_UP_BELOW = 0.9
"""Where the generator fools it this often again (`guard/ahead`), its rate is raised again."""
STRENGTHENED_BY = 0.2
DIVERSE_ABOVE = 0.5
"""Share of the real pictures' diversity under which the pictures are called alike."""
PREVIEW_SEEDS = range(36)
PREVIEW_REPAINTED = 12
FEWEST_MEASURED = 50


class RunJournal:
    """Writes what a training leaves into its run folder.

    Args:
        state: as the training begins.
        pictures: what it learns from, and is shown with where it repaints.
        exam: measures pictures against the real ones; None measures nothing.
        rebuild: brings a state back to before its first step, for a run that went bad before its first checkpoint.
        pause: a step at which to end before the budget does.

    Attributes:
        seconds_per_picture: what measuring one took; 0 while nothing was measured.
    """

    def __init__(
        self,
        run: Run,
        shape: PictureShape,
        state: TrainState,
        pictures: Pictures,
        *,
        metrics: MetricsLog,
        progress: Progress,
        plugins: PluginManager,
        exam: Exam | None,
        rebuild: Callable[[TrainState], None],
        pause: int | None = None,
    ) -> None:
        self.run = run
        self.shape = shape
        self.metrics = metrics
        self.progress = progress
        self.plugins = plugins
        self.exam = exam
        self._pictures = pictures
        self._rebuild = rebuild
        self._pause = pause
        self._config = run.job.train
        self._budget = Budget.of(self._config)
        self._told_of: Wrong | None = None
        self._measuring_s = exam.opening_s if exam else 0.0
        self.seconds_per_picture = 0.0
        self._last_log = state.images, state.seconds
        self._stop = False
        alone = state.device.type == "cpu" and state.team.size == 1
        self._other_work = OtherWork(state.threads if alone else 1, progress.warn)

    def log(self, state: TrainState, means: dict[str, float]) -> None:
        """Write a row, show it, tell the plugins, and ask them whether to stop."""
        images, seconds = self._last_log
        rate = (state.images - images) / (state.seconds - seconds) if state.seconds > seconds else 0.0
        self._last_log = state.images, state.seconds
        self._other_work.look()
        numbers = {"images": state.images, "seconds": round(state.seconds, 3), **means, "rate_img_s": round(rate, 2)}
        if standing := state.standing():
            numbers |= dict(zip(standing, torch.stack(list(standing.values())).tolist(), strict=True))
        memory = memory_in_use(state.device)
        if memory:
            numbers["memory_bytes"] = memory
        self.metrics.row(state.step, numbers)
        self.run.on_metrics(state.step, numbers)
        self._stop |= any(self.plugins.notify("stop_requested", run=self.run, step=state.step))
        phases = {"D": "loss/discriminator", "G": "loss/generator"}
        shown = {"img/s": rate, **{short: means[name] for short, name in phases.items() if name in means}}
        if memory:
            shown["GB"] = memory / 1e9
        self.progress.update("train", self._budget.progress(state), 1.0, shown)

    def stop_requested(self, state: TrainState) -> bool:
        """Whether the user or a plugin asked to end, or it is time to pause."""
        return self._stop or self.paused(state) or self.run.interrupted()

    def paused(self, state: TrainState) -> bool:
        """Whether the step has come at which this training pauses."""
        return self._pause is not None and state.step >= self._pause

    def checkpoint(self, state: TrainState, means: dict[str, float]) -> None:
        """Write a checkpoint, and look at it once it is safe on disk."""
        if means:
            self.log(state, means)
        state.ema.settle(SETTLE_BATCH if state.micro_batches.whole else state.micro_batches.size)
        told = {**state.numbers(), "planned": self._budget.planned(state), "looked_at": False}
        checkpoint = write_checkpoint(self.run.checkpoints, state.tensors(), told)
        self.look_at(checkpoint, state)
        thin_out(self.run.checkpoints, self._config.keep_gb * 1e9)
        self.plugins.notify("checkpoint_saved", run=self.run, path=checkpoint.path, step=state.step)

    def look_at(self, checkpoint: Checkpoint, state: TrainState) -> None:
        """Show what a checkpoint paints and, where time allows, measure what that is worth.

        Where the user asked to stop, this is left for when the run goes on: whoever does not end soon may be killed.

        Args:
            state: where the checkpoint stands.
        """
        if self.run.interrupted():
            return
        if state.repaints:
            self._write_preview(state.step, self._repainted(state))
            quality = {}
        else:
            sampler = Sampler(
                state.ema.painter, self.shape, device=state.device, classes=state.classes, warn=self.progress.warn
            )
            self._write_preview(state.step, sampler.at_seeds(PREVIEW_SEEDS))
            quality = self._measure(state, sampler)
        if quality:
            measured = {"images": state.images, "seconds": round(state.seconds, 3), **quality}
            self.metrics.row(state.step, measured)
            self.run.on_metrics(state.step, measured)
            self._warn_of_sameness(state.step, quality)
        note_quality(checkpoint, quality)

    def go_back(self, state: TrainState) -> None:
        """Restore the last good checkpoint with half the rate, because numbers went bad.

        One that somebody who stopped has left does not count: who never stopped would not have it to go back to.

        Raises:
            ArtgenError: it has gone bad too often.
        """
        bad_step = state.step
        checkpoint, _ = latest_checkpoint(self.run.checkpoints, planned=True)
        if state.rollbacks >= ROLLBACKS_AT_MOST:
            raise ArtgenError(
                f"the losses were no numbers any more at step {bad_step}, for the {state.rollbacks + 1}th time",
                where=self.run.name,
                hint=self._way_out(state, checkpoint),
            )
        self._return_to(checkpoint, state)
        self._tell(
            "rollback",
            bad_step,
            f"a loss was no number at step {bad_step}: going on from step {state.step} "
            f"with {state.rate_scale:g} of the rate",
        )

    def _way_out(self, state: TrainState, checkpoint: Checkpoint | None) -> str:
        """How to train on with other options: with those this run would be another's."""
        lower = f"lower {' and '.join(f'[train.{name}] rate' for name in state.networks)}"
        if state.precision not in ("fp32", "fp64"):
            lower += ", or write [train] precision = 'fp32'"
        if checkpoint is None:
            return f"{lower}, and begin anew with --fresh"
        folder = self.run.folder.as_posix()
        return f"{lower}, in a job of another name, which goes on from here with [train] from = '{folder}'"

    def mend(self, state: TrainState) -> bool:
        """Look for sameness and for a discriminator far ahead, and do something about it.

        Returns:
            Whether the state was taken back to an earlier checkpoint.
        """
        finding = state.watch.finding()
        wrong = finding.wrong if finding else None
        if self._told_of != wrong:
            self._told_of = None
        if finding and wrong == "collapse":
            return self._leave_collapse(state, finding.text)
        if finding and wrong == "ahead":
            self._hold_back(state, finding.text)
        elif state.discriminator_scale < 1 and float(state.watch.numbers()["guard/ahead"]) < CAUGHT_UP_BELOW:
            state.discriminator_scale *= 2
            self._tell("guard", state.step, "the generator has caught up: the discriminator's rate is raised again")
        if finding and wrong == "no start":
            mend = "a higher rate of the generator, or a lower one of the discriminator, may help"
            self._tell_once(wrong, state.step, f"{finding.text}: {mend}")
        return False

    def _hold_back(self, state: TrainState, seen: str) -> None:
        """Lower the rate of a discriminator that is far ahead, unless nothing is learned any more."""
        if state.discriminator_scale <= SLOWEST_DISCRIMINATOR or self._budget.spent(state):
            return
        state.discriminator_scale /= 2
        raised = self._strengthen(state)
        rate = f"its rate is lowered to {state.discriminator_scale:g} of what the job says"
        self._tell("guard", state.step, f"{seen}: {rate}{raised}")

    def _warn_of_sameness(self, step: int, quality: dict[str, float]) -> None:
        """Only told: how many pictures were measured depends on the time, and what is learned must not."""
        if quality["quality/diversity_high"] < DIVERSE_ABOVE:
            share = quality["quality/diversity"]
            text = (
                f"the pictures vary {share:.0%} as much as the real ones: stronger augmentation, more pictures or a "
                "higher r1 gamma may help"
            )
            self._tell("guard", step, text)

    def _leave_collapse(self, state: TrainState, seen: str) -> bool:
        bad_step = state.step
        if state.rollbacks >= ROLLBACKS_AT_MOST:
            self._tell_once(
                "collapse",
                bad_step,
                f"{seen}, and going back has not helped {ROLLBACKS_AT_MOST} times: going on as it is. "
                "More pictures, stronger augmentation or lower rates may help a job of another name",
            )
            return False
        varied, damaged = varied_checkpoint(self.run.checkpoints)
        for other in damaged:
            self.progress.warn(f"checkpoint {other.name} is damaged and is left out")
        self._return_to(varied, state)
        raised = self._strengthen(state)
        text = f"{seen}: going back to step {state.step} with {state.rate_scale:g} of the rate{raised}"
        self._tell("guard", bad_step, text)
        return True

    def _return_to(self, checkpoint: Checkpoint | None, state: TrainState) -> None:
        """Restore a checkpoint, or the beginning, and go on with half the rate, in pieces that are known to fit."""
        rollbacks, rate_scale, seconds = state.rollbacks, state.rate_scale, state.seconds
        micro_batches, size = state.micro_batches, state.micro_batches.size
        if checkpoint is None:
            self._rebuild(state)
        else:
            state.restore(checkpoint)
        state.rollbacks, state.rate_scale = rollbacks + 1, rate_scale / 2
        state.seconds = seconds  # they were spent: a budget in minutes is not to last longer
        state.micro_batches = micro_batches
        micro_batches.size = size
        self._last_log = state.images, state.seconds
        drop_snapshots(self.run.checkpoints, beyond=state.step)

    def _strengthen(self, state: TrainState) -> str:
        """Raise the augmentations that can be raised; return that in words."""
        raised = [name for name, augmentation in state.augmentations.items() if hasattr(augmentation, "raise_by")]
        for name in raised:
            state.augmentations[name].raise_by(STRENGTHENED_BY)
        return f", and {' and '.join(raised)} made stronger" if raised else ""

    def _tell_once(self, wrong: Wrong, step: int, text: str) -> None:
        """Of what nothing is done about, once for as long as it lasts."""
        if self._told_of != wrong:
            self._tell("guard", step, text)
        self._told_of = wrong

    def _tell(self, event: Event, step: int, text: str) -> None:
        self.metrics.event(event, step, text)
        self.progress.warn(text)

    def _write_preview(self, step: int, pictures: Iterable[Picture]) -> None:
        path = self.run.artifact_folder(PROGRESS) / f"{step:08d}.webp"
        write_progress_sheet(path, list(pictures))
        self.run.record("sheet", path, PROGRESS, step=step)

    @torch.inference_mode()
    def _repainted(self, state: TrainState) -> Iterator[Picture]:
        """The first pictures of the training, each in every style."""
        network: Any = state.ema.painter
        for index in range(max(1, PREVIEW_REPAINTED // network.styles)):
            picture = self._pictures.batch(index, 1)
            for style in range(min(network.styles, PREVIEW_REPAINTED)):
                label = torch.tensor([style], device=state.device)
                yield to_bytes(network(picture, label).picture)[0].cpu().numpy()

    def _measure(self, state: TrainState, sampler: Sampler) -> dict[str, float]:
        """Figures of at most `during` pictures, fewer or none where they would take too much of the time; all at rungs."""
        during = self.run.job.quality.during
        if self.exam is None or not during:
            return {}
        fewest = min(during, FEWEST_MEASURED)
        count = fewest  # the first time shows what a picture costs
        if self.seconds_per_picture:
            allowed_s = self.run.job.quality.share * state.seconds - self._measuring_s
            count = min(during, int(allowed_s / self.seconds_per_picture))
            if self._budget.spent(state):
                count = max(count, fewest)
        if state.step in self._budget.rungs:
            count = during  # runs are compared here, all by as many pictures
        if count < fewest:
            return {}
        began = time.monotonic()
        try:
            measured = measure(self.exam, sampler, count)
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            self.progress.warn("the device has no memory to measure pictures in: this checkpoint has no figures")
            return {}
        took_s = time.monotonic() - began
        self._measuring_s += took_s
        self.seconds_per_picture = took_s / count
        return measured


def measure(exam: Exam, sampler: Sampler, count: int) -> dict[str, float]:
    """The figures of the pictures of the first `count` seeds, see `as_numbers`, and how many they are of."""
    pictures = np.stack(list(sampler.at_seeds(range(count), label=exam.classes(count))))
    return {"quality/pictures": count, **as_numbers(exam.measure(pictures))}


def as_numbers(figures: Mapping[str, Measure]) -> dict[str, float]:
    """Figures as ``quality/NAME``, with the ends of their intervals."""
    numbers = {}
    for name, figure in figures.items():
        numbers[f"quality/{name}"] = figure.value
        numbers[f"quality/{name}_low"] = figure.low
        numbers[f"quality/{name}_high"] = figure.high
    return numbers
