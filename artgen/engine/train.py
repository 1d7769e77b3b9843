"""The training loop: one model, a stream of pictures.

What is random is keyed by the job's seed and the global index of a sample, and what the loop decides depends on
numbers that checkpoints keep. So a run that was killed and resumed ends byte-equal to one that was not (for budgets in
steps or kimg, on the same machine, torch and thread count).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import cache
from typing import Protocol

import torch
from torch import Tensor

from artgen.contracts import Painted
from artgen.engine.budget import Budget
from artgen.engine.config import TrainConfig
from artgen.engine.networks import derived_seed, latent_size, seed_torch
from artgen.engine.optimisers import cooldown_factor, freeze, set_rate
from artgen.engine.state import TrainState
from artgen.engine.step import Phase, Step
from artgen.engine.tally import Tally
from artgen.seeding import Draws


class Pictures(Protocol):
    """A stream of real pictures."""

    def batch(self, first: int, count: int) -> Tensor:
        """Samples `first` to `first + count`, (count, C, H, W) in [-1, 1] on the training's device."""


class Journal(Protocol):
    """What the loop reports to, and what it asks."""

    def log(self, state: TrainState, means: dict[str, float]) -> None:
        """A log interval is over; `means` are the losses' means over it."""

    def checkpoint(self, state: TrainState, means: dict[str, float]) -> None:
        """Write a checkpoint."""

    def go_back(self, state: TrainState) -> None:
        """The numbers went bad: restore the last good checkpoint with half the rate, or raise ArtgenError."""

    def stop_requested(self, state: TrainState) -> bool:
        """Whether somebody asked to end here."""


def train(state: TrainState, pictures: Pictures, config: TrainConfig, seed: int, journal: Journal) -> bool:
    """Train until the budget is spent or somebody asks to stop; the last thing done is a checkpoint.

    Returns:
        Whether the budget is spent.
    """
    budget = Budget.of(config)
    tally = Tally()
    saved_step, saved_seconds = state.step, state.seconds
    clock = time.monotonic()

    while True:
        # Save what is good; go back from what is not.
        over = budget.spent(state) or journal.stop_requested(state)
        if state.step != saved_step and (over or budget.checkpoint_due(state, saved_seconds)):
            if not state.healthy():
                journal.go_back(state)
                tally.clear()
                continue
            journal.checkpoint(state, tally.means())
            saved_step, saved_seconds = state.step, state.seconds
            clock = time.monotonic()
            over = over or journal.stop_requested(state)
        if over:
            return budget.spent(state)

        # Act on the losses of a few steps ago, so that no step waits for its own.
        late = state.reported.pop()
        if late is not None and not all(map(math.isfinite, late)):
            journal.go_back(state)
            tally.clear()
            continue
        leave_discriminator = late is not None and late[0] < config.discriminator.skip_below

        # Rates depend on what is spent of the budget, never on time.
        factor = cooldown_factor(budget.progress(state), config.cooldown) * state.rate_scale
        set_rate(state.discriminator_adam, config.discriminator.rate * factor)
        set_rate(state.generator_adam, config.generator.rate * factor)
        seed_torch(derived_seed(seed, f"step/{state.step}"), state.device)

        # The discriminator learns from real pictures and painted ones, the generator from its answer to the latter.
        samples = _Samples(state, pictures, seed, config.batch)
        for update in range(config.discriminator.updates):
            shared = update == config.discriminator.updates - 1
            discriminator_total = _update_discriminator(
                state, samples.of_update(update, keep_history=shared), tally, leave_discriminator
            )
        for update in range(config.generator.updates):
            generator_total = _update_generator(state, samples.of_repeat(update), tally)
        state.ema.update(budget.images_per_step, state.images)

        # Count, and tell.
        state.reported.push(torch.stack((discriminator_total, generator_total)))
        state.step += 1
        state.images += budget.images_per_step
        state.seconds += time.monotonic() - clock
        clock = time.monotonic()
        if state.step % budget.log_steps == 0:
            journal.log(state, tally.means())


def _update_discriminator(state: TrainState, step: Step, tally: Tally, leave: bool) -> Tensor:
    """One update of the discriminator, or only its loss where it is left alone; returns the loss."""
    total = _total(state, step, tally)
    tally.add("discriminator/skipped", total.new_tensor(float(leave)))
    if not leave:
        state.discriminator_adam.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        state.discriminator_adam.step()
    return total.detach()


def _update_generator(state: TrainState, step: Step, tally: Tally) -> Tensor:
    """One update of the generator against a frozen discriminator; returns its loss."""
    freeze(state.judging_weights, True)
    total = _total(state, step, tally)
    state.generator_adam.zero_grad(set_to_none=True)
    total.backward()  # type: ignore[no-untyped-call]
    state.generator_adam.step()
    freeze(state.judging_weights, False)
    return total.detach()


def _total(state: TrainState, step: Step, tally: Tally) -> Tensor:
    """The weighted sum of all losses that have something to say in this phase; a lazy one counts n times, rarely."""
    total = torch.zeros((), device=state.device)
    for active in state.losses:
        if not active.due(state.step):
            continue
        ask = active.loss.for_discriminator if step.phase == "discriminator" else active.loss.for_generator
        value = ask(step)
        if value is not None:
            tally.add(f"loss/{active.name}/{step.phase}", value)
            total = total + value * (active.weight * active.every)
    tally.add(f"loss/{step.phase}", total)
    return total


class _Samples:
    """The pictures of one step, real and painted.

    The discriminator's last update and the generator's first see the same painted pictures: the generator has not
    changed between them, so painting once is exact and saves a pass.
    """

    def __init__(self, state: TrainState, pictures: Pictures, seed: int, batch: int) -> None:
        self._state = state
        self._pictures = pictures
        self._seed = seed
        self._batch = batch
        self._needs = frozenset().union(*(active.loss.needs for active in state.losses if active.due(state.step)))
        self._shared: Callable[[], Painted] | None = None

    def of_update(self, update: int, *, keep_history: bool) -> Step:
        """The discriminator's n-th update: real pictures of its own, painted ones from latents of its own."""
        draws = self._draws(update)

        @cache
        def paint() -> Painted:
            with torch.set_grad_enabled(keep_history):
                return _paint(self._state, draws)

        if keep_history:
            self._shared, self._last = paint, update
        return self._step("discriminator", paint, draws)

    def of_repeat(self, repeat: int) -> Step:
        """The generator's n-th update."""
        draws = self._draws(self._last).child(f"generator/{repeat}")
        if repeat == 0 and self._shared is not None:
            return self._step("generator", self._shared, draws)
        return self._step("generator", cache(lambda: _paint(self._state, draws)), draws)

    def _step(self, phase: Phase, paint: Callable[[], Painted], draws: Draws) -> Step:
        return Step(
            phase,
            paint=paint,
            real=lambda: self._pictures.batch(draws.first, draws.count),
            discriminator=self._state.discriminator,
            augment=self._state.augment,
            draws=draws,
            images_seen=self._state.images,
            needs=self._needs,
            autocast=self._state.autocast,
        )

    def _draws(self, update: int) -> Draws:
        first = self._state.images + update * self._batch
        return Draws(self._seed, "train", first, self._batch, self._state.device)


def _paint(state: TrainState, draws: Draws) -> Painted:
    latents = draws.child("latent").normal(latent_size(state.generator))
    noise = {
        name: draws.child(f"noise/{name}").normal(height * width).view(-1, 1, height, width)
        for name, (height, width) in state.generator.noise_shapes.items()  # type: ignore[operator, union-attr]
    }
    with state.autocast():
        painted: Painted = state.generator(latents, noise or None)
    return Painted(painted.picture.float(), tuple(scale.float() for scale in painted.scales))
