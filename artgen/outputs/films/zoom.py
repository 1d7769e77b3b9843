"""A film that falls into a picture, and in its middle into the next, without an end."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from PIL import Image

from artgen.colours import rgb_of
from artgen.latents.paths import Space, through_seeds
from artgen.latents.seeds import AUTO, describe_seeds, parse_seeds
from artgen.outputs.classes import asked_label, told_class
from artgen.outputs.films.config import frames_of
from artgen.outputs.films.nested import Nested
from artgen.outputs.films.reel import Reel
from artgen.outputs.films.writer import scale_of, write_film
from artgen.outputs.metadata import recipe_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from artgen.latents.sampler import Picture, Sampler
    from artgen.outputs.films.config import ZoomConfig
    from artgen.runs.store import Artifact, Run
    from artgen.shards import Shard

KIND = "zoom"
_AUTO_SECONDS_PER_SEED = 2.0
_RESAMPLING = {"smooth": Image.Resampling.BICUBIC, "crisp": Image.Resampling.NEAREST}


class Zoom:
    """Writes a film, see `write_film`.

    Args:
        config: which seeds, how they are in each other, how the film is encoded.
        name: of the output in the job.
    """

    def __init__(self, config: ZoomConfig, name: str) -> None:
        self.config = config
        self.name = name

    def write(self, source: Sampler, run: Run, shard: Shard | None = None) -> list[Artifact]:
        """Paint and encode what is missing of the film, or of a shard of it.

        Raises:
            InterruptedRun: the user asked to stop; whole segments stay.
            ArtgenError: there is no such class, ffmpeg failed, or there is no room.
        """
        config, seeds = self.config, self._seeds()
        label = asked_label(config, self.name, source)
        told: dict[str, Any] = {"seeds": describe_seeds(seeds), **told_class(source, label)}
        frames = frames_of(config.seconds, config.fps)
        made_by = recipe_of(source, run, truncation=config.truncation, **told)
        reel = Reel(config, self.name, run, KIND, made_by, shard)
        nested = self._nested(source)
        paint_at = functools.cache(lambda: self._painter(source, seeds, label))

        def paint(segment: range) -> Iterator[Picture]:
            for frame in segment:
                share = frame / frames if config.direction == "in" else (frames - frame) / frames
                nearness = len(seeds) * share
                shown = self._shown(nested.visible(nearness), nearness, len(seeds))
                pictures = paint_at()(shown.values())
                yield nested.frame(nearness, lambda number, at=shown, of=pictures: of[at[number]])  # type: ignore[misc]

        return write_film(
            reel,
            size=nested.size,
            frames=frames,
            paint=paint,
            about=f"{config.seconds:g} seconds of falling through {len(seeds)} generated pictures from {run.name}",
            enlarged=True,
            loop=True,
            **told,
        )

    def _shown(self, numbers: range, nearness: float, count: int) -> dict[int, float]:
        """Where on the path through the seeds each nested picture is: at its own seed when it fills the frame."""
        return {number: (number + self.config.morph * (nearness - number)) % count for number in numbers}

    def _painter(
        self, source: Sampler, seeds: list[int], label: int | None
    ) -> Callable[[Iterable[float]], dict[float, Picture]]:
        """Paints places of the path, and remembers those of the frame before."""
        space = Space(source, seeds, "w", truncation=self.config.truncation, label=label)
        stops = seeds if len(seeds) > 1 else seeds * 2  # one picture falls into itself
        path = through_seeds(space, stops, "spline", closed=True)
        known: dict[float, Picture] = {}

        def paint(places: Iterable[float]) -> dict[float, Picture]:
            nonlocal known
            wanted = list(dict.fromkeys(places))
            new = [place for place in wanted if place not in known]
            painted = {**known, **dict(zip(new, source.along(path.points(new)), strict=True))}
            known = {place: painted[place] for place in wanted}
            return known

        return paint

    def _nested(self, source: Sampler) -> Nested:
        config, shape = self.config, source.shape
        scale = scale_of(config, (shape.width, shape.height))
        return Nested(
            size=(shape.width * scale, shape.height * scale),
            factor=config.factor,
            focus=config.focus,
            softness=config.softness,
            background=(255, 255, 255, 0) if config.background == "transparent" else (*rgb_of(config.background), 255),
            resample=_RESAMPLING[config.enlarge],
        )

    def _seeds(self) -> list[int]:
        if self.config.seeds != AUTO:
            return parse_seeds(self.config.seeds)
        return list(range(max(2, round(self.config.seconds / _AUTO_SECONDS_PER_SEED))))
