"""From what a run has to paint with to the pictures that an output shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from artgen.errors import ArtgenError
from artgen.outputs.fitting import ALL_SHOWN, OF_SEEDS, seeded_options
from artgen.outputs.seeded import Seeded
from artgen.outputs.works import Works

if TYPE_CHECKING:
    from artgen.latents.sampler import Sampler
    from artgen.outputs.config import PaintedConfig
    from artgen.runs.store import Run

    Source = Sampler | Works
    """A latent generator, or pictures that go by names of their own."""


def works_of(source: Source, seeds: Sequence[int], config: PaintedConfig, output: str, run: Run) -> Works:
    """What an output shows of its source.

    Args:
        seeds: of the pictures, where the source is a generator.
        config: of the output.
        output: its name in the job.

    Raises:
        ArtgenError: the output asks for what the source has not.
    """
    if not isinstance(source, Works):
        return Seeded(source, seeds, config, output, run)
    for name in seeded_options(config):
        raise ArtgenError(OF_SEEDS, where=f"outputs.{output}.{name}", hint=ALL_SHOWN)
    return source
