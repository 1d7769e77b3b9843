"""A row of pictures, each as much further from one seed to the next as the one before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artgen.latents.paths import Space, through_seeds
from artgen.latents.seeds import describe_seeds, parse_seeds
from artgen.latents.timing import Pace
from artgen.latents.timing_probe import probe
from artgen.outputs.classes import asked_label, told_class
from artgen.outputs.metadata import recipe_of
from artgen.outputs.stills.grid import Grid, Heads, tile_size
from artgen.outputs.stills.page import Page, page_options, write_page

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PIL.Image import Image

    from artgen.latents.sampler import Picture, Sampler
    from artgen.outputs.stills.config import MorphStripConfig
    from artgen.runs.store import Artifact, Run

KIND = "morph-strip"


class MorphStrip:
    """Writes ``morph-strip.png``.

    Args:
        config: which seeds, in how many steps.
        name: of the output in the job.
    """

    def __init__(self, config: MorphStripConfig, name: str) -> None:
        self.config = config
        self.name = name

    def write(self, source: Sampler, run: Run) -> list[Artifact]:
        """Make the strip, unless it is there already.

        Raises:
            InterruptedRun: the user asked to stop.
            ArtgenError: there is no such class, or the strip would be too long.
        """
        config = self.config
        label = asked_label(config, self.name, source)
        seeds = parse_seeds(config.seeds)
        told = {"seeds": describe_seeds(seeds), **told_class(source, label)}
        recipe = recipe_of(source, run, truncation=config.truncation, **told)
        about = f"Seeds {told['seeds']} of {run.name}, each turning into the next in {config.steps} steps"
        page = Page(
            lambda: self._drawn(source, run, seeds, label),
            {**recipe, "page": page_options(KIND, config)},
            about,
            told,
        )
        return write_page(page, run, self.name, f"{KIND}.png", config.metadata)

    def _drawn(self, source: Sampler, run: Run, seeds: list[int], label: int | None) -> Image:
        config, steps = self.config, self.config.steps
        space = Space(source, seeds, "w", truncation=config.truncation, label=label)
        path = through_seeds(space, seeds, "spline", closed=False)

        def look(positions: Sequence[float]) -> Iterator[list[Picture]]:
            return ([picture] for picture in source.along(path.points(positions)))

        pace = Pace(
            [steps * key for key in range(len(seeds))],
            ["linear"] * path.length,
            probe(path.length, look, source.device),
        )
        count = steps * path.length + 1
        grid = Grid(
            tile_size(source.shape, config.tile_px),
            above=Heads(["" if index % steps else str(seeds[index // steps]) for index in range(count)]),
            beside=Heads([""]),
            title="" if config.title == "none" else config.title or run.name,
        )
        return grid.drawn(source.along(path.points(map(pace.position, range(count)))), run, self.name)
