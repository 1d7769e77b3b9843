"""A film that moves to a sound."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from artgen.latents.seeds import AUTO, describe_seeds, parse_seeds
from artgen.outputs.classes import asked_label, told_class
from artgen.outputs.films.config import frames_of
from artgen.outputs.films.pacing import timings_of
from artgen.outputs.films.reel import Reel
from artgen.outputs.films.writer import write_film
from artgen.outputs.metadata import recipe_of

from artgen_audio.listening import samples_of
from artgen_audio.motion import motion_of
from artgen_audio.spectrum import Spectrum, ends_of, spectrum_of
from artgen_audio.walk import noise_layers, walk_through

if TYPE_CHECKING:
    import numpy as np
    from artgen.latents.sampler import Picture, Sampler
    from artgen.latents.timing import Timing
    from artgen.runs.store import Artifact, Run
    from artgen.shards import Shard
    from numpy.typing import NDArray

    from artgen_audio.config import AudioFilmConfig

KIND = "audio-film"


class AudioFilm:
    """Writes a film, see `artgen.outputs.films.writer.write_film`.

    Args:
        config: which sound and seeds, what follows what, how it is encoded.
        name: of the output in the job.
    """

    def __init__(self, config: AudioFilmConfig, name: str) -> None:
        self.config = config
        self.name = name

    def write(self, source: Sampler, run: Run, shard: Shard | None = None) -> list[Artifact]:
        """Paint and encode what is missing of the film, or of a shard of it.

        Raises:
            InterruptedRun: the user asked to stop; whole segments stay.
            ArtgenError: there is no sound in the file, no such class or layers, ffmpeg failed, or there is no room.
        """
        config, place = self.config, f"outputs.{self.name}"
        spectrum = self._heard()
        seconds = config.seconds or spectrum.seconds
        frames = frames_of(seconds, config.fps)
        motion = motion_of(spectrum, config, frames)
        seeds = self._seeds(seconds)
        label = asked_label(config, self.name, source)
        told: dict[str, Any] = {"seeds": describe_seeds(seeds), **told_class(source, label)}
        made_by = recipe_of(source, run, truncation=config.truncation, **told)
        reel = Reel(config, self.name, run, KIND, made_by, shard)
        walk = walk_through(
            source,
            seeds,
            config.way,
            closed=config.ending == "loop",
            label=label,
            layers=noise_layers(tuple(source.generator.noise_shapes), config.noise.layers, f"{place}.noise.layers"),
            usual_psi=float(motion.psi.mean()),
        )

        @functools.cache
        def timing() -> Timing | None:
            return timings_of([walk], source, reel)[0] if config.pace == "perceptual" else None

        def position(way: float) -> float:
            measured = timing()
            return measured.position(way * measured.arcs[-1]) if measured else way * walk.length

        def paint(segment: range) -> Iterator[Picture]:
            return source.along(walk.at(position(way), psi, strength) for way, psi, strength in motion.of(segment))

        return write_film(
            reel,
            size=(source.shape.width, source.shape.height),
            frames=frames,
            paint=paint,
            about=f"{round(seconds, 1):g} seconds of generated pictures from {run.name} that move to a sound",
            loop=walk.closed,
            **told,
        )

    def _heard(self) -> Spectrum:
        """The sound; a loop is heard as one where the film is as long."""

        def samples() -> Iterator[NDArray[np.float64]]:
            return samples_of(self.config.sound, f"outputs.{self.name}.sound")

        loops = self.config.ending == "loop" and not self.config.seconds
        return spectrum_of(samples(), ends_of(samples()) if loops else None)

    def _seeds(self, seconds: float) -> list[int]:
        if self.config.seeds == AUTO:
            return list(range(max(2, round(seconds))))
        return parse_seeds(self.config.seeds)
