"""A job while it is being checked: whatever was understood of it."""

from __future__ import annotations

from dataclasses import dataclass

from artgen.data.config import DataConfig
from artgen.engine.config import PaintConfig, TrainConfig
from artgen.job.model import JobInfo, Part


@dataclass(frozen=True)
class Draft:
    """What was understood of a job so far; None where a table is wrong or not there."""

    info: JobInfo | None
    data: DataConfig | None
    train: TrainConfig | None
    paint: PaintConfig | None
    generator: Part | None
    discriminator: Part | None
    backbone: Part | None
    losses: tuple[Part, ...] | None
    outputs: tuple[Part, ...]

    @property
    def networks(self) -> tuple[Part, ...]:
        """Generator and discriminator, as far as they are known."""
        return tuple(part for part in (self.generator, self.discriminator) if part)
