"""Style mixing on a page: each picture has some layers of its column's seed and all others of its row's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artgen.latents.mixing import layers_of, mix_styles
from artgen.latents.seeds import describe_seeds, parse_seeds
from artgen.outputs.classes import asked_label, told_class
from artgen.outputs.metadata import recipe_of
from artgen.outputs.stills.grid import Grid, Heads, tile_size
from artgen.outputs.stills.page import Page, page_options, write_page

if TYPE_CHECKING:
    from PIL.Image import Image

    from artgen.latents.sampler import Sampler
    from artgen.outputs.stills.config import MixGridConfig
    from artgen.runs.store import Artifact, Run

KIND = "mix-grid"


class MixGrid:
    """Writes ``mix-grid.png``: the sources at its head and its side, and every mixture of two.

    After T. Karras et al., "A style-based generator architecture for generative adversarial networks", 2019, figure 3.

    Args:
        config: which seeds and layers.
        name: of the output in the job.
    """

    def __init__(self, config: MixGridConfig, name: str) -> None:
        self.config = config
        self.name = name

    def write(self, source: Sampler, run: Run) -> list[Artifact]:
        """Make the page, unless it is there already.

        Raises:
            InterruptedRun: the user asked to stop.
            ArtgenError: the generator has no layers to mix, or no such ones, or no such class.
        """
        config = self.config
        layers = layers_of(source, config.layers, f"outputs.{self.name}.layers")
        label = asked_label(config, self.name, source)
        rows, columns = parse_seeds(config.rows), parse_seeds(config.columns)
        seeds = {"seeds": describe_seeds(rows + columns), **told_class(source, label)}
        recipe = recipe_of(source, run, truncation=config.truncation, **seeds)
        about = f"Style mixing in {run.name}: rows are seeds {describe_seeds(rows)}, columns {describe_seeds(columns)}"
        page = Page(
            lambda: self._drawn(source, run, rows, columns, layers, label),
            {**recipe, "page": page_options(KIND, config)},
            f"{about}, which give the {config.layers} layers",
            told=seeds,
        )
        return write_page(page, run, self.name, f"{KIND}.png", config.metadata)

    def _drawn(
        self, source: Sampler, run: Run, rows: list[int], columns: list[int], layers: range, label: int | None
    ) -> Image:
        psi = self.config.truncation
        above, beside = (
            Heads(list(map(str, seeds)), list(source.at_seeds(seeds, psi, label))) for seeds in (columns, rows)
        )
        steered, steering = (source.points(seeds, psi, label) for seeds in (rows, columns))
        grid = Grid(
            tile_size(source.shape, self.config.tile_px),
            above,
            beside,
            title="" if self.config.title == "none" else self.config.title or run.name,
            note=f"layers {layers[0]}-{layers[-1]} of 0-{source.layers - 1} from above, the others from the left",
        )
        points = (
            (mix_styles(source, own, other, layers), seed)
            for own, seed in zip(steered, rows, strict=True)
            for other in steering
        )
        return grid.drawn(source.along(points), run, self.name)
