"""The training loop: one model, a stream of pictures.

What is random is keyed by the job's seed and the global index of a sample, and what the loop decides depends on
numbers that checkpoints keep. So a run that was killed and resumed ends byte-equal to one that was not (for budgets in
steps or kimg, on the same machine, torch and thread count). Several processes that train one model each run this loop
on a slice of each batch, see `artgen.engine.team.distributed`; what they decide by, all of them know.
"""

from __future__ import annotations

import math
import time
from functools import partial
from typing import Protocol

import torch
from torch import Tensor

from artgen.engine.budget import Budget
from artgen.engine.config import TrainConfig
from artgen.engine.learn import Learned, learn
from artgen.engine.optimisers import cooldown_factor, freeze, set_rate
from artgen.engine.samples import Pictures, Samples
from artgen.engine.state import TrainState
from artgen.engine.tally import Tally
from artgen.seeding import derived_seed, seed_torch


class Journal(Protocol):
    """What the loop reports to, and what it asks."""

    def log(self, state: TrainState, means: dict[str, float]) -> None:
        """A log interval is over; `means` are the losses' means over it."""

    def checkpoint(self, state: TrainState, means: dict[str, float]) -> None:
        """Write a checkpoint."""

    def go_back(self, state: TrainState) -> None:
        """The numbers went bad: restore the last good checkpoint with half the rate, or raise ArtgenError."""

    def mend(self, state: TrainState) -> bool:
        """Look for what goes wrong before a checkpoint is written, and do something about it.

        Returns:
            Whether the state was taken back to an earlier checkpoint.
        """

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
    logged_seconds = state.seconds
    clock = time.monotonic()
    returned = False  # to a checkpoint; what was found then was acted on before it was written

    def is_over() -> bool:
        """Whether the budget is spent or somebody asked to stop, by the clock and the ears of all processes."""
        stop, state.seconds = state.team.agreed(journal.stop_requested(state), state.seconds)
        return budget.spent(state) or stop

    while True:
        # Save what is good; go back from what is not.
        over = is_over()
        due = budget.spent(state) or budget.checkpoint_due(state, saved_seconds)
        if state.step != saved_step and (over or due):
            if not state.healthy():
                journal.go_back(state)
                tally.clear()
                returned = True
                continue
            # not where somebody asked to stop: nothing would happen there otherwise
            if due and not returned and journal.mend(state):
                tally.clear()
                returned = True
                continue
            journal.checkpoint(state, tally.means())
            saved_step, saved_seconds = state.step, state.seconds
            clock = time.monotonic()
            over = over or is_over()
        if over:
            return budget.spent(state)

        # Act on the losses of a few steps ago, so that no step waits for its own.
        late = state.reported.pop()
        if late is not None and not all(map(math.isfinite, late)):
            journal.go_back(state)
            tally.clear()
            returned = True
            continue
        returned = False

        # Rates and sizes depend on what is spent of the budget and shown, never on time.
        factor = cooldown_factor(budget.progress(state), config.cooldown) * state.rate_scale
        set_rate(state.adams["generator"], config.generator.rate * factor)
        of_rank = f"/rank/{state.team.rank}" if state.team.rank else ""
        seed_torch(derived_seed(seed, f"step/{state.step}{of_rank}"), state.device)
        state.enter_stage()

        # The discriminator learns from real pictures and painted ones, the generator from its answer to the latter;
        # where there is none, the generator learns from its losses alone.
        samples = Samples(state, pictures, seed, config.batch, config.discriminator.updates)
        totals: list[Tensor] = []
        if state.discriminator is not None:
            set_rate(state.adams["discriminator"], config.discriminator.rate * factor * state.discriminator_scale)
            leave = late is not None and _low(late[0], config) and not state.lazy_loss_due
            judged = [
                _update_discriminator(state, samples, n, tally, leave) for n in range(config.discriminator.updates)
            ]
            state.observe(judged[-1].logits, judged[-1].seen, budget.images_per_step)
            totals += [judged[-1].game, judged[-1].total]
        painted = [_update_generator(state, samples, n, tally) for n in range(config.generator.updates)]
        totals.append(painted[-1].total)
        state.ema.update(budget.images_per_step, state.images)

        # Count, and tell.
        state.reported.push(torch.stack(totals))
        state.step += 1
        state.images += budget.images_per_step
        state.seconds += time.monotonic() - clock
        clock = time.monotonic()
        if budget.log_due(state, logged_seconds):
            logged_seconds = state.seconds
            journal.log(state, tally.means())


def _low(game: float, config: TrainConfig) -> bool:
    """Whether the discriminator's adversarial loss is so low that it is left alone; 0 is for never, also below 0."""
    return 0 < config.discriminator.skip_below > game


def _update_discriminator(state: TrainState, samples: Samples, update: int, tally: Tally, leave: bool) -> Learned:
    """One update of the discriminator, or only its loss where it is left alone."""
    discriminator = state.networks["discriminator"]
    learned = learn(state, discriminator, partial(samples.of_discriminator, update), backward=not leave)
    if not leave:
        state.adams["discriminator"].step()
    tally.add_all({**learned.numbers, "discriminator/skipped": torch.full_like(learned.total, leave)})
    return learned


def _update_generator(state: TrainState, samples: Samples, repeat: int, tally: Tally) -> Learned:
    """One update of the generator, against a frozen discriminator where there is one."""
    freeze(state.judging_weights, True)
    learned = learn(state, state.generator, partial(samples.of_generator, repeat), backward=True)
    state.adams["generator"].step()
    freeze(state.judging_weights, False)
    tally.add_all(learned.numbers)
    return learned
