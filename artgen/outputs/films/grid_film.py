"""A film of several pictures side by side, each of which wanders by itself."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from artgen.latents.paths import Space, circle, noise_loop, through_seeds
from artgen.latents.seeds import describe_seeds, parse_seeds
from artgen.outputs.classes import asked_label, told_class
from artgen.outputs.films.config import frames_of
from artgen.outputs.films.mosaic import SHOWN_AT_PX, mosaic_of
from artgen.outputs.films.pacing import pace_along, timings_of
from artgen.outputs.films.reel import Reel
from artgen.outputs.films.writer import write_film
from artgen.outputs.metadata import recipe_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from artgen.latents.paths import Path
    from artgen.latents.sampler import Picture, Sampler
    from artgen.latents.timing import Pace, Timing
    from artgen.outputs.films.config import GridFilmConfig
    from artgen.runs.store import Artifact, Run
    from artgen.shards import Shard

KIND = "grid-film"


class GridFilm:
    """Writes a film, see `write_film`.

    Args:
        config: which seeds, how each wanders, how the film is encoded.
        name: of the output in the job.
    """

    def __init__(self, config: GridFilmConfig, name: str) -> None:
        self.config = config
        self.name = name

    def write(self, source: Sampler, run: Run, shard: Shard | None = None) -> list[Artifact]:
        """Paint and encode what is missing of the film, or of a shard of it.

        Raises:
            InterruptedRun: the user asked to stop; whole segments stay.
            ArtgenError: there is no such class, the frames would be too large, ffmpeg failed, or there is no room.
        """
        config, seeds = self.config, parse_seeds(self.config.seeds)
        label = asked_label(config, self.name, source)
        told: dict[str, Any] = {"seeds": describe_seeds(seeds), **told_class(source, label)}
        frames = frames_of(config.seconds, config.fps)
        made_by = recipe_of(source, run, truncation=config.truncation, **told)
        reel = Reel(config, self.name, run, KIND, made_by, shard)
        mosaic = mosaic_of(config, len(seeds), source.shape)
        paths = functools.cache(lambda: self._paths(source, seeds, label))

        @functools.cache
        def paces() -> list[Pace]:
            """Each picture changes as much from frame to frame; they need not be alike in that."""
            measured: list[Timing] | list[None] = [None] * len(seeds)
            if config.pace == "perceptual":
                measured = timings_of(paths(), source, reel)
            pairs = zip(paths(), measured, strict=True)
            return [pace_along(path.length, frames, timing, closed=True) for path, timing in pairs]

        def paint(segment: range) -> Iterator[Picture]:
            ways = zip(paths(), paces(), strict=True)
            of_each = [path.points(map(pace.position, segment)) for path, pace in ways]
            return mosaic.frames(source.along(point for frame in zip(*of_each, strict=True) for point in frame))

        return write_film(
            reel,
            size=mosaic.size,
            frames=frames,
            paint=paint,
            about=f"{len(seeds)} generated pictures from {run.name}, each wandering for {config.seconds:g} seconds",
            shown_at_px=SHOWN_AT_PX,
            loop=True,
            **told,
        )

    def _paths(self, source: Sampler, seeds: list[int], label: int | None) -> list[Path]:
        config = self.config
        space = Space(source, seeds, "w", truncation=config.truncation, label=label)
        if config.way == "noise":
            return [noise_loop(space, seed, harmonics=config.harmonics, reach=config.reach) for seed in seeds]
        several = seeds * 2  # after the last comes the first
        if config.way == "circle":
            return [circle(space, *several[first : first + 2]) for first in range(len(seeds))]
        stops = min(config.stops, len(seeds))
        return [
            through_seeds(space, several[first : first + stops], config.way, closed=True) for first in range(len(seeds))
        ]
