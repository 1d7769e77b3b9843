"""A film by keyframes: what is seen when, and how it goes from one to the next."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import torch

from artgen.latents.interpolate import LatentPath
from artgen.latents.paths import NoiseBetween, PaintedPath
from artgen.latents.seeds import describe_seeds
from artgen.latents.timing import Pace
from artgen.outputs.classes import asked_label, told_class
from artgen.outputs.films.config import frames_of
from artgen.outputs.films.keys import Keys, projections_of
from artgen.outputs.films.pacing import timings_of
from artgen.outputs.films.reel import Reel
from artgen.outputs.films.writer import check_painted_size, write_film
from artgen.outputs.metadata import recipe_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from artgen.latents.sampler import Picture, Sampler
    from artgen.outputs.films.config import TimelineConfig
    from artgen.runs.store import Artifact, Run
    from artgen.shards import Shard

KIND = "timeline"


class Timeline:
    """Writes a film, see `write_film`.

    Args:
        config: the keyframes, which name seeds or projections; how the film is encoded.
        name: of the output in the job.
    """

    def __init__(self, config: TimelineConfig, name: str) -> None:
        self.config = config
        self.name = name

    def write(self, source: Sampler, run: Run, shard: Shard | None = None) -> list[Artifact]:
        """Paint and encode what is missing of the film, or of a shard of it.

        Raises:
            InterruptedRun: the user asked to stop; whole segments stay.
            ArtgenError: a keyframe names a class, layers or a projection that are not there, ffmpeg failed, or there is
                no room.
        """
        config = self.config
        check_painted_size(config, self.name, source.shape)
        label = asked_label(config, self.name, source)
        told: dict[str, Any] = told_class(source, label)
        if seeds := [keyframe.seed for keyframe in config.keyframes if keyframe.seed is not None]:
            told["seeds"] = describe_seeds(seeds)
        loops, frames = config.ending == "loop", frames_of(config.length_s, config.fps)
        made_by = {
            **recipe_of(source, run, truncation=config.truncation, **told),
            "projections": projections_of(config, run.folder),
        }
        reel = Reel(config, self.name, run, KIND, made_by, shard)
        path = self._path(source, run, label)

        @functools.cache
        def pace() -> Pace:
            timing = timings_of([path], source, reel)[0] if config.pace == "perceptual" else None
            starts = [min(round(keyframe.at * config.fps), frames - 1) for keyframe in config.keyframes]
            easings = [keyframe.easing for keyframe in config.keyframes]
            return Pace([*starts, frames] if loops else starts, easings if loops else easings[:-1], timing)

        def paint(segment: range) -> Iterator[Picture]:
            return source.along(path.points(map(pace().position, segment)))

        return write_film(
            reel,
            size=(source.shape.width, source.shape.height),
            frames=frames,
            paint=paint,
            about=f"{config.length_s:g} seconds through {len(config.keyframes)} keyframes from {run.name}",
            loop=loops,
            **told,
        )

    def _path(self, source: Sampler, run: Run, label: int | None) -> PaintedPath:
        config = self.config
        points = Keys(source, run, config, self.name, label).points()
        keys = torch.stack([w for w, _ in points])
        curve = LatentPath(keys, source.normal_size, closed=config.ending == "loop", way=config.way)
        strengths = [keyframe.noise for keyframe in config.keyframes]
        return PaintedPath(curve, NoiseBetween(source, [noise for _, noise in points], strengths), lambda w: w)
