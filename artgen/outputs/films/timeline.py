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
from artgen.outputs.films.keys import Keys, projections_of
from artgen.outputs.films.pacing import frames_of, timings_of
from artgen.outputs.films.writer import write_film
from artgen.outputs.metadata import recipe_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from artgen.latents.sampler import Picture, Sampler
    from artgen.outputs.films.config import TimelineConfig
    from artgen.runs.store import Artifact, Run

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

    def write(self, source: Sampler, run: Run) -> list[Artifact]:
        """Paint and encode what is missing of the film.

        Raises:
            InterruptedRun: the user asked to stop; whole segments stay.
            ArtgenError: a keyframe names a class, layers or a projection that are not there, ffmpeg failed, or there is
                no room.
        """
        config = self.config
        label = asked_label(config, self.name, source)
        told: dict[str, Any] = told_class(source, label)
        if seeds := [keyframe.seed for keyframe in config.keyframes if keyframe.seed is not None]:
            told["seeds"] = describe_seeds(seeds)
        loops, frames = config.ending == "loop", frames_of(self._seconds, config.fps)
        path = self._path(source, run, label)

        @functools.cache
        def pace() -> Pace:
            timing = timings_of([path], source, run, self.name)[0] if config.pace == "perceptual" else None
            starts = [min(round(keyframe.at * config.fps), frames - 1) for keyframe in config.keyframes]
            easings = [keyframe.easing for keyframe in config.keyframes]
            return Pace([*starts, frames] if loops else starts, easings if loops else easings[:-1], timing)

        def paint(segment: range) -> Iterator[Picture]:
            return source.along(path.points(map(pace().position, segment)))

        return write_film(
            config,
            self.name,
            run,
            kind=KIND,
            size=(source.shape.width, source.shape.height),
            frames=frames,
            paint=paint,
            recipe={
                **recipe_of(source, run, truncation=config.truncation, **told),
                "projections": projections_of(config, run.folder),
            },
            about=f"{self._seconds:g} seconds through {len(config.keyframes)} keyframes from {run.name}",
            loop=loops,
            **told,
        )

    @property
    def _seconds(self) -> float:
        """As asked; else to the last keyframe and, in a loop, as long again as it is from one to the next."""
        last, count = self.config.keyframes[-1].at, len(self.config.keyframes)
        return self.config.seconds or (last * count / (count - 1) if self.config.ending == "loop" else last)

    def _path(self, source: Sampler, run: Run, label: int | None) -> PaintedPath:
        config = self.config
        points = Keys(source, run, config, self.name, label).points()
        keys = torch.stack([w for w, _ in points])
        curve = LatentPath(keys, source.normal_size, closed=config.ending == "loop", way=config.way)
        strengths = [keyframe.noise for keyframe in config.keyframes]
        return PaintedPath(curve, NoiseBetween(source, [noise for _, noise in points], strengths), lambda w: w)
