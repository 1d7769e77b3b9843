"""A film of the same seeds from the beginning of a training to its end."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from artgen.errors import ArtgenError
from artgen.latents.seeds import describe_seeds, parse_seeds
from artgen.latents.timing_probe import probe
from artgen.outputs.classes import asked_label, told_class
from artgen.outputs.films.config import frames_of
from artgen.outputs.films.mosaic import SHOWN_AT_PX, mosaic_of
from artgen.outputs.films.pacing import kept_timings, looking, pace_along, sharing_of, some_of, telling_how_far
from artgen.outputs.films.reel import Reel
from artgen.outputs.films.training import Course, Moment, moments_of
from artgen.outputs.films.writer import write_film
from artgen.outputs.metadata import recipe_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from artgen.latents.sampler import Picture, Sampler
    from artgen.latents.timing import Pace, Timing
    from artgen.outputs.films.config import TimelapseConfig
    from artgen.runs.store import Artifact, Run
    from artgen.shards import Shard

KIND = "timelapse"


class Timelapse:
    """Writes a film, see `write_film`.

    Args:
        config: which seeds, how long, how the film is encoded.
        name: of the output in the job.
    """

    def __init__(self, config: TimelapseConfig, name: str) -> None:
        self.config = config
        self.name = name

    def write(self, source: Sampler, run: Run, shard: Shard | None = None) -> list[Artifact]:
        """Paint and encode what is missing of the film, or of a shard of it.

        Raises:
            InterruptedRun: the user asked to stop; whole segments stay.
            ArtgenError: too little is left of the training, there is no such class, the frames would be too large,
                ffmpeg failed, or there is no room.
        """
        config, seeds = self.config, parse_seeds(self.config.seeds)
        label = asked_label(config, self.name, source)
        told: dict[str, Any] = {"seeds": describe_seeds(seeds), **told_class(source, label)}
        moments = self._moments(source, run)
        made_by = {
            **recipe_of(source, run, truncation=config.truncation, **told),
            "training": {str(moment.step): moment.sha256 for moment in moments if moment.sha256},
        }
        reel = Reel(config, self.name, run, KIND, made_by, shard)
        frames, held = frames_of(config.seconds, config.fps), round(config.hold * config.fps)
        moving = max(2, frames - held)
        mosaic = mosaic_of(config, len(seeds), source.shape)
        course = functools.cache(lambda: Course(source, moments, config.truncation, label))

        @functools.cache
        def pace() -> Pace:
            timing, length = None, len(moments) - 1
            if config.pace == "perceptual":
                some = some_of(seeds)
                look = looking(lambda places: course().at(places, some), run, len(some))

                def measure() -> list[Timing]:
                    each_key = telling_how_far(reel, length)
                    return [probe(length, look, source.device, sharing=sharing_of(reel), each_key=each_key)]

                (timing,) = kept_timings(reel, measure)
            return pace_along(length, moving, timing, closed=False)

        def paint(segment: range) -> Iterator[Picture]:
            places = (pace().position(frame) for frame in segment if frame < moving)
            last: list[Picture] = []
            for frame, picture in zip(segment, mosaic.frames(course().at(places, seeds)), strict=False):
                yield picture
                last = [picture] if frame == moving - 1 else last
            still = max(0, segment.stop - max(moving, segment.start))
            if still and not last:
                last = list(mosaic.frames(course().at([pace().position(moving - 1)], seeds)))
            yield from last * still

        first, end = moments[0].step, moments[-1].step
        return write_film(
            reel,
            size=mosaic.size,
            frames=frames,
            paint=paint,
            about=f"{len(seeds)} generated pictures from {run.name} while it learned, from step {first:,} to {end:,}",
            shown_at_px=SHOWN_AT_PX,
            loop=False,
            **told,
        )

    def _moments(self, source: Sampler, run: Run) -> list[Moment]:
        moments = moments_of(run, source.device)
        if sum(moment.step > 0 for moment in moments) < 2:
            raise ArtgenError(
                "too little is left of the training to show it: one checkpoint and no snapshots",
                where=f"outputs.{self.name}",
                hint="Snapshots are kept while a run trains; artgen clean takes them away.",
            )
        return moments
