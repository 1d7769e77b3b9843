"""A film that wanders from seed to seed and, by default, comes back to where it began."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from artgen.latents.paths import Space, ThereAndBack, circle, noise_loop, through_seeds
from artgen.latents.seeds import AUTO, describe_seeds, parse_seeds
from artgen.outputs.classes import asked_label, told_class
from artgen.outputs.films.config import frames_of
from artgen.outputs.films.pacing import pace_along, timings_of
from artgen.outputs.films.reel import Reel
from artgen.outputs.films.writer import check_painted_size, write_film
from artgen.outputs.metadata import recipe_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from artgen.latents.paths import Path
    from artgen.latents.sampler import Picture, Sampler
    from artgen.latents.timing import Pace
    from artgen.outputs.films.config import InterpolationConfig
    from artgen.runs.store import Artifact, Run
    from artgen.shards import Shard

KIND = "interpolation"
_AUTO_SECONDS_PER_SEED = 2.0


class Interpolation:
    """Writes a film, see `write_film`.

    Args:
        config: which seeds, how long, how it is encoded.
        name: of the output in the job.
    """

    def __init__(self, config: InterpolationConfig, name: str) -> None:
        self.config = config
        self.name = name

    def write(self, source: Sampler, run: Run, shard: Shard | None = None) -> list[Artifact]:
        """Paint and encode what is missing of the film, or of a shard of it.

        Raises:
            InterruptedRun: the user asked to stop; whole segments stay.
            ArtgenError: there is no such class, ffmpeg failed, or there is no room.
        """
        config, seeds = self.config, self._seeds()
        check_painted_size(config, self.name, source.shape)
        label = asked_label(config, self.name, source)
        told: dict[str, Any] = {"seeds": describe_seeds(seeds), **told_class(source, label)}
        frames = frames_of(config.seconds, config.fps)
        made_by = recipe_of(source, run, truncation=config.truncation, **told)
        reel = Reel(config, self.name, run, KIND, made_by, shard)
        path = self._path(source, seeds, label)

        @functools.cache
        def pace() -> Pace:
            (timing,) = timings_of([path], source, reel) if config.pace == "perceptual" else (None,)
            return pace_along(path.length, frames, timing, closed=path.closed)

        def paint(segment: range) -> Iterator[Picture]:
            return source.along(path.points(map(pace().position, segment)))

        return write_film(
            reel,
            size=(source.shape.width, source.shape.height),
            frames=frames,
            paint=paint,
            about=f"{config.seconds:g} seconds {self._where(len(seeds))} from {run.name}",
            loop=path.closed,
            **told,
        )

    def _path(self, source: Sampler, seeds: list[int], label: int | None) -> Path:
        config = self.config
        where = f"outputs.{self.name}.space"
        space = Space(source, seeds, config.space, truncation=config.truncation, label=label, where=where)
        if config.way == "circle":
            return circle(space, *seeds)
        if config.way == "noise":
            return noise_loop(space, seeds[0], harmonics=config.harmonics, reach=config.reach)
        path = through_seeds(space, seeds, config.way, closed=config.ending == "loop")
        return ThereAndBack(path) if config.ending == "ping-pong" else path

    def _where(self, count: int) -> str:
        return "around a generated picture" if self.config.way == "noise" else f"between {count} generated pictures"

    def _seeds(self) -> list[int]:
        if self.config.seeds != AUTO:
            return parse_seeds(self.config.seeds)
        several = max(2, round(self.config.seconds / _AUTO_SECONDS_PER_SEED))
        return list(range({"circle": 2, "noise": 1}.get(self.config.way, several)))
