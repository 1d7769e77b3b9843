"""How long a training goes on, and how often it says and saves something."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from artgen.engine.config import TrainConfig

CHECKPOINTS_PER_BUDGET = 8
LOG_ROWS_PER_BUDGET = 500
LOG_EVERY_AT_LEAST = 10


class Standing(Protocol):
    """Where a training stands: steps taken and seconds spent."""

    step: int
    seconds: float


@dataclass(frozen=True)
class Budget:
    """A budget in steps, or in seconds when the job counts minutes.

    Attributes:
        images_per_step: real pictures shown in each step.
        rungs: steps at which there is a checkpoint, beside those that are due by their interval.
    """

    images_per_step: int
    steps: int | None
    seconds: float | None
    checkpoint_steps: int | None
    rungs: frozenset[int] = frozenset()

    @classmethod
    def of(cls, train: TrainConfig) -> Budget:
        """What the `[train]` table says; a kimg budget ends with the step that reaches it."""
        images = train.batch * train.discriminator.updates
        steps = train.steps
        if train.kimg is not None:
            steps = _steps_at(train.kimg, images)
        every = train.checkpoint_steps
        if train.checkpoint_kimg is not None:
            every = max(1, round(train.checkpoint_kimg * 1000 / images))
        if every is None and steps is not None:
            every = math.ceil(steps / CHECKPOINTS_PER_BUDGET)
        rungs = frozenset(_steps_at(kimg, images) for kimg in train.rungs)
        return cls(images, steps, None if train.minutes is None else train.minutes * 60, every, rungs)

    def steps_at(self, kimg: float) -> int:
        """The step that reaches so many thousands of pictures."""
        return _steps_at(kimg, self.images_per_step)

    def spent(self, state: Standing) -> bool:
        """Whether the training is over."""
        return self.progress(state) >= 1.0

    def progress(self, state: Standing) -> float:
        """Share of the budget that is spent, from 0."""
        return self.share(state.step, state.seconds)

    def share(self, step: int, seconds: float) -> float:
        """The same for a training that stands at this step after so many seconds."""
        return step / self.steps if self.steps is not None else seconds / (self.seconds or math.inf)

    def checkpoint_due(self, state: Standing, last_seconds: float) -> bool:
        """Whether it is time for a checkpoint between others; under a minutes budget by the clock."""
        if state.step in self.rungs:
            return True
        if self.checkpoint_steps is not None:
            return state.step % self.checkpoint_steps == 0
        return state.seconds - last_seconds >= (self.seconds or math.inf) / CHECKPOINTS_PER_BUDGET

    def planned(self, state: Standing) -> bool:
        """Whether the budget itself asks for a checkpoint at this step, not somebody who stops; by the clock any counts."""
        return self.checkpoint_steps is None or self.spent(state) or self.checkpoint_due(state, state.seconds)

    def log_due(self, state: Standing, last_seconds: float) -> bool:
        """Whether it is time for a row of numbers; under a minutes budget by the clock.

        Args:
            last_seconds: where it stood at the last one.
        """
        if self.steps is not None:
            return state.step % max(LOG_EVERY_AT_LEAST, -(-self.steps // LOG_ROWS_PER_BUDGET)) == 0
        waited = state.seconds - last_seconds >= (self.seconds or math.inf) / LOG_ROWS_PER_BUDGET
        return waited and state.step % LOG_EVERY_AT_LEAST == 0


def _steps_at(kimg: float, images_per_step: int) -> int:
    return math.ceil(Fraction(str(kimg)) * 1000 / images_per_step)  # in floats 4.03 kimg are more than 403 × 10
