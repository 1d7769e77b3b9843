"""Works that a latent generator paints from seeds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from artgen.data.srgb import srgb_profile
from artgen.latents.seeds import describe_seeds
from artgen.outputs.classes import asked_label, told_class
from artgen.outputs.metadata import alt_text, recipe_of
from artgen.outputs.works import Pixels, Work, Works

if TYPE_CHECKING:
    from artgen.latents.sampler import Sampler
    from artgen.outputs.config import PaintedConfig
    from artgen.runs.store import Run


class Seeded(Works):
    """A picture for each seed, painted when it is wanted.

    Args:
        source: paints.
        seeds: of the pictures.
        config: truncation and class.
        output: its name in the job.
        run: whose pictures they are.

    Raises:
        ArtgenError: there is no such class.
    """

    numbered: ClassVar[bool] = True
    depth: ClassVar[Literal[8, 16]] = 8

    def __init__(self, source: Sampler, seeds: Sequence[int], config: PaintedConfig, output: str, run: Run) -> None:
        self._source = source
        self._truncation = config.truncation
        self._label = asked_label(config, output, source)
        of_class = told_class(source, self._label)
        self.works = [self._work(seed, run) for seed in seeds]
        self.recipe = recipe_of(source, run, truncation=config.truncation, **of_class)
        self.icc = srgb_profile()
        self.identity = {}
        self.about = f"{len(seeds)} generated pictures from {run.name}, seeds {describe_seeds(seeds)}"
        self.told = {"seeds": describe_seeds(seeds), **of_class}

    def _work(self, seed: int, run: Run) -> Work:
        shape = self._source.shape
        of_class = told_class(self._source, self._source.label_of(seed, self._label))
        # On a sheet of one class its title tells the class.
        own_class = of_class.values() if self._label is None else ()
        return Work(
            stem=f"seed-{seed:06d}",
            anchor=f"seed-{seed}",
            name=f"Seed {seed}",
            label=(" · ".join((str(seed), *own_class)),),
            alt=alt_text(run, seed, of_class.get("class", "")),
            width=shape.width,
            height=shape.height,
            channels=shape.channels,
            details={"seed": seed, **of_class},
            recipe={"seed": seed, **of_class},
        )

    def pixels(self, works: Iterable[Work]) -> Iterator[Pixels]:
        """Paint some of the works."""
        return self._source.at_seeds((work.recipe["seed"] for work in works), self._truncation, self._label)
