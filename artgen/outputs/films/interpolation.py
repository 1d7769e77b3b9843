"""A film that wanders from seed to seed and, by default, comes back to where it began."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artgen.latents.interpolate import LatentPath, Way
from artgen.latents.seeds import AUTO, describe_seeds, parse_seeds
from artgen.outputs.classes import asked_label, told_class
from artgen.outputs.films.writer import write_film
from artgen.outputs.metadata import recipe_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from artgen.latents.sampler import Picture, Sampler
    from artgen.outputs.films.config import InterpolationConfig
    from artgen.runs.store import Artifact, Run

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

    def write(self, source: Sampler, run: Run) -> list[Artifact]:
        """Paint and encode what is missing of the film.

        Raises:
            InterruptedRun: the user asked to stop; whole segments stay.
            ArtgenError: there is no such class, ffmpeg failed, or there is no room.
        """
        config, seeds = self.config, self._seeds()
        label = asked_label(config, self.name, source)
        told = {"seeds": describe_seeds(seeds), **told_class(source, label)}
        frames = max(2, round(config.seconds * config.fps))
        keys = source.points(seeds, config.truncation, label)
        way: Way = "spline" if config.path == "smooth" else "slerp"
        path = LatentPath(keys, normal_size=source.normal_size, closed=config.loop, way=way)

        def paint(segment: range) -> Iterator[Picture]:
            points = path.frames(frames, segment.start, segment.stop)
            # one noise for all frames: it belongs to the texture, and would boil
            return source.along((w, seeds[0]) for w in points)

        return write_film(
            config,
            self.name,
            run,
            size=(source.shape.width, source.shape.height),
            frames=frames,
            paint=paint,
            recipe=recipe_of(source, run, truncation=config.truncation, **told),
            about=f"{config.seconds:g} seconds between {len(seeds)} generated pictures from {run.name}",
            loop=config.loop,
            **told,
        )

    def _seeds(self) -> list[int]:
        if self.config.seeds == AUTO:
            return list(range(max(2, round(self.config.seconds / _AUTO_SECONDS_PER_SEED))))
        return parse_seeds(self.config.seeds)
