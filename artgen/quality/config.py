"""The `[quality]` table: how many pictures are measured."""

from __future__ import annotations

from typing import ClassVar

from pydantic import field_validator

from artgen.config import Change, Config, option


class QualityConfig(Config):
    """How a run is measured; nothing of it changes what is learned."""

    change: ClassVar[Change] = "free"

    during: int = option(250, ge=0)
    """Pictures painted and measured at a checkpoint, at most; 0 measures none before the end."""
    final: int = option(1000, ge=0)
    """Pictures measured when the budget is spent, fewer where they would take more than the share; 0 measures none."""
    share: float = option(0.05, ge=0, le=1)
    """Largest share of the training's time that measuring at checkpoints may take, and once more at the end."""

    @field_validator("during", "final")
    @classmethod
    def _more_than_one(cls, count: int) -> int:
        if count == 1:
            raise ValueError("one picture says nothing about a generator: measure at least 2, or 0 for none")
        return count
