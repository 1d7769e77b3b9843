"""A film that wanders from seed to seed and, by default, comes back to where it began."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import ImageColor

from artgen.errors import ArtgenError
from artgen.latents.interpolate import LatentPath
from artgen.latents.seeds import AUTO, describe_seeds, parse_seeds
from artgen.outputs.classes import asked_label, told_class
from artgen.outputs.files import keep_only
from artgen.outputs.films.encoding import encode_missing
from artgen.outputs.films.ffmpeg import encoder_version
from artgen.outputs.films.film import Film, FilmFormat
from artgen.outputs.metadata import file_details, recipe_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from artgen.latents.sampler import Picture, Sampler
    from artgen.outputs.config import InterpolationConfig
    from artgen.runs.store import Artifact, Run

_AUTO_SECONDS_PER_SEED = 2.0
_SHOWN_AT_PX = 512


class Interpolation:
    """Writes ``film.mp4`` and its first frame as ``poster.webp``.

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
        label = asked_label(self.config, self.name, source)
        of_class = told_class(source, label)
        config, folder = self.config, run.artifact_folder(self.name)
        seeds = self._seeds()
        form = self._form(source)
        recipe = {
            **recipe_of(source, run, truncation=config.truncation, seeds=describe_seeds(seeds), **of_class),
            "film": config.model_dump(mode="json", exclude={"seeds", "truncation", "metadata", "class_"}),
            "ffmpeg": encoder_version(),
        }
        keep_only(
            folder,
            {"recipe": recipe, "metadata": config.metadata},
            "film.mp4",
            "film.json",
            "poster.webp",
            "segments/*",
        )
        about = f"{config.seconds:g} seconds between {len(seeds)} generated pictures from {run.name}"
        told = file_details(config.metadata, recipe, about)
        title = {"title": run.name} if "Description" in told else {}
        details = {**title, "comment": told["artgen"]} if told else {}
        frames = max(2, round(config.seconds * config.fps))
        film = Film(folder / "film.mp4", form, frames, rounds=config.rounds, details=details)
        self._paint(film, source.points(seeds, config.truncation, label), seeds[0], source, run)
        film.join()
        width, height = form.size
        seconds = frames * config.rounds / config.fps
        return [
            run.record(
                "film",
                film.path,
                self.name,
                poster=(folder / "poster.webp").relative_to(run.folder).as_posix(),
                about=about,
                seconds=seconds,
                fps=config.fps,
                frames=frames * config.rounds,
                width=width,
                height=height,
                loop=config.loop,
                seeds=describe_seeds(seeds),
                **of_class,
            )
        ]

    def _seeds(self) -> list[int]:
        if self.config.seeds == AUTO:
            return list(range(max(2, round(self.config.seconds / _AUTO_SECONDS_PER_SEED))))
        return parse_seeds(self.config.seeds)

    def _form(self, source: Sampler) -> FilmFormat:
        config, width, height = self.config, source.shape.width, source.shape.height
        try:
            background = ImageColor.getrgb(config.background)
        except ValueError as error:
            raise ArtgenError(
                f"unknown colour '{config.background}'",
                where=f"outputs.{self.name}.background",
                hint="Write '#rrggbb'.",
            ) from error
        return FilmFormat(
            width=width,
            height=height,
            fps=config.fps,
            scale=config.scale or -(-_SHOWN_AT_PX // max(width, height)),
            enlarge=config.enlarge,
            crf=config.crf,
            background=(background[0], background[1], background[2]),
        )

    def _paint(self, film: Film, keys: Tensor, noise_seed: int, source: Sampler, run: Run) -> None:
        path = LatentPath(
            keys, normal_size=source.normal_size, closed=self.config.loop, smooth=self.config.path == "smooth"
        )

        def frames(segment: range) -> Iterator[Picture]:
            points = path.frames(film.frames, segment.start, segment.stop)
            for index, picture in zip(segment, source.along(_with_noise(points, noise_seed)), strict=True):
                if index == 0:
                    film.write_poster(picture)
                yield picture

        encode_missing(film, frames, run.interrupted, self.name)


def _with_noise(points: Iterator[Tensor], noise_seed: int) -> Iterator[tuple[Tensor, int]]:
    """One noise for all frames: it belongs to the texture, and would boil."""
    return ((w, noise_seed) for w in points)
