"""A film in which pictures grow out of the one that all have in common, and back into it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import torch

from artgen.latents.seeds import describe_seeds, parse_seeds
from artgen.latents.timing import Pace, Timing, there_and_back
from artgen.latents.timing_probe import probe
from artgen.latents.truncation import truncate
from artgen.outputs.classes import asked_label, told_class
from artgen.outputs.films.config import frames_of
from artgen.outputs.films.mosaic import SHOWN_AT_PX, mosaic_of
from artgen.outputs.films.pacing import kept_timings, looking, some_of, telling_how_far
from artgen.outputs.films.reel import Reel
from artgen.outputs.films.writer import write_film
from artgen.outputs.metadata import recipe_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from artgen.latents.sampler import Picture, Sampler
    from artgen.outputs.films.config import TruncationFilmConfig
    from artgen.runs.store import Artifact, Run
    from artgen.shards import Shard

KIND = "truncation-film"


class TruncationFilm:
    """Writes a film, see `write_film`.

    Args:
        config: which seeds, between which psi, how the film is encoded.
        name: of the output in the job.
    """

    def __init__(self, config: TruncationFilmConfig, name: str) -> None:
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
        paint_all = functools.cache(lambda: self._painter(source, seeds, label))

        @functools.cache
        def pace() -> Pace:
            """It comes to rest at both ends."""
            timing = None
            if config.pace == "perceptual":
                some = some_of(seeds)
                look = looking(self._painter(source, some, label), run, len(some))

                def measure() -> list[Timing]:
                    each_key = telling_how_far(reel, 1)
                    return [there_and_back(probe(1, look, source.device, each_key=each_key))]

                (timing,) = kept_timings(reel, measure)
            return Pace([0, frames // 2, frames], ["ease-in-out"] * 2, timing)

        def paint(segment: range) -> Iterator[Picture]:
            return mosaic.frames(paint_all()(map(pace().position, segment)))

        return write_film(
            reel,
            size=mosaic.size,
            frames=frames,
            paint=paint,
            about=f"{len(seeds)} generated pictures from {run.name}, truncation psi from {config.least:g} to "
            f"{config.truncation:g} and back",
            shown_at_px=SHOWN_AT_PX,
            loop=True,
            **told,
        )

    def _painter(
        self, source: Sampler, seeds: Sequence[int], label: int | None
    ) -> Callable[[Iterable[float]], Iterator[Picture]]:
        """Paints all seeds at each of some positions: the least psi at 0, the greatest at 1, and at 2 the least."""
        points = source.points(seeds, 1.0, label)
        means = torch.stack([source.mean_w(source.label_of(seed, label)).cpu() for seed in seeds])
        least, most = self.config.least, self.config.truncation

        def paint(positions: Iterable[float]) -> Iterator[Picture]:
            shares = (min(position, 2 - position) for position in positions)
            all_w = (truncate(points, means, least + share * (most - least)) for share in shares)
            return source.along(point for w in all_w for point in zip(w, seeds, strict=True))

        return paint
