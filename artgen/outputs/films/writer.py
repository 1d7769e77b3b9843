"""What all outputs that are films have in common: from frames to finished files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from artgen.colours import rgb_of
from artgen.errors import ArtgenError
from artgen.outputs.config import PaintedConfig
from artgen.outputs.files import keep_only
from artgen.outputs.films.encoding import encode_missing
from artgen.outputs.films.ffmpeg import encoder_version
from artgen.outputs.films.film import FILES, Film
from artgen.outputs.films.form import FilmForm
from artgen.outputs.films.formats import require_encoders
from artgen.outputs.films.sound import open_music
from artgen.outputs.metadata import file_details
from artgen.runs.checkpoints import sha256_of

if TYPE_CHECKING:
    from artgen.latents.sampler import Picture
    from artgen.outputs.films.config import FilmConfig
    from artgen.runs.store import Artifact, Run

SHOWN_AT_PX = 512
_MOST_PX = 8192
_TRANSPARENT = "transparent"
_TOLD_ELSEWHERE = {*PaintedConfig.model_fields, "formats", "seeds", "selection", "sound"}
"""Options that the recipe tells in words of its own, or that decide nothing of how a file looks."""


def write_film(
    config: FilmConfig,
    name: str,
    run: Run,
    *,
    kind: str,
    size: tuple[int, int],
    frames: int,
    paint: Callable[[range], Iterable[Picture]],
    recipe: Mapping[str, Any],
    about: str,
    shown_at_px: int = SHOWN_AT_PX,
    enlarged: bool = False,
    **details: Any,
) -> list[Artifact]:
    """Paint and encode what is missing of a film: ``film.mp4`` and its like, and the first frame as ``poster.webp``.

    Every frame is painted once for all formats; a format that is added later leaves the others as they are.

    Args:
        config: how it is encoded.
        name: of the output in the job.
        run: whose film it is.
        kind: of the output.
        size: width and height of the frames as painted.
        frames: how many there are in one round.
        paint: those of a segment, in their order; segments may be asked for in any order, and not all of them.
        recipe: how the frames are made, as `recipe_of` tells it; the film's own options are added.
        about: what it shows, in words.
        shown_at_px: the long side is at least this where the config leaves it open.
        enlarged: whether the frames are painted in the size that `scale_of` says.
        details: what else is worth telling of it, such as `loop` and `seeds`.

    Raises:
        InterruptedRun: the user asked to stop; whole segments stay.
        ArtgenError: it would be too large, ffmpeg failed or cannot write a format, there is no sound in the file, or there
            is no room.
    """
    require_encoders(config.formats, with_sound=config.sound is not None, where=f"outputs.{name}.formats")
    form = _form(config, name, size, 1 if enlarged else scale_of(config, size, shown_at_px))
    folder = run.artifact_folder(name)
    told = {**recipe, **_told_of(config, kind)}
    keep_only(folder, {"recipe": told, "metadata": config.metadata}, *FILES)
    carried = file_details(config.metadata, told, about)
    title = {"title": run.name} if "Description" in carried else {}
    film = Film(
        folder,
        form,
        frames,
        formats=config.formats,
        rounds=config.rounds,
        details={**title, "comment": carried["artgen"]} if carried else {},
        sound=open_music(config.sound, f"outputs.{name}.sound") if config.sound else None,
    )

    def with_poster(segment: range) -> Iterator[Picture]:
        for index, picture in zip(segment, paint(segment), strict=True):
            if index == 0:
                film.write_poster(picture, carried)
            yield picture

    encode_missing(film, with_poster, run.interrupted, name)
    film.join()
    width, height = film.form.size
    return [
        run.record(
            "film",
            film.path(ending),
            name,
            poster=film.poster.relative_to(run.folder).as_posix(),
            about=about,
            format=ending,
            seconds=film.seconds_of(ending),
            fps=float(film.fps_of(ending)),
            frames=film.frames_in(ending),
            width=width,
            height=height,
            **details,
        )
        for ending in config.formats
    ]


def _told_of(config: FilmConfig, kind: str) -> dict[str, Any]:
    """What the options of a film add to its recipe."""
    options = config.model_dump(mode="json", by_alias=True, exclude_none=True, exclude=_TOLD_ELSEWHERE)
    told = {"film": {"type": kind, **options}, "ffmpeg": encoder_version()}
    return {**told, "sound": {"sha256": sha256_of(config.sound)}} if config.sound else told


def scale_of(config: FilmConfig, size: tuple[int, int], shown_at_px: int = SHOWN_AT_PX) -> int:
    """How many times larger than painted a film is."""
    return config.scale or -(-shown_at_px // max(size))


def _form(config: FilmConfig, name: str, size: tuple[int, int], scale: int) -> FilmForm:
    width, height = size
    transparent = config.background == _TRANSPARENT
    form = FilmForm(
        width=width,
        height=height,
        fps=config.fps,
        scale=scale,
        enlarge=config.enlarge,
        crf=config.crf,
        background=rgb_of("white" if transparent else config.background),
        transparent=transparent,
    )
    if max(form.size) > _MOST_PX:
        raise ArtgenError(
            f"the film would have {form.size[0]}×{form.size[1]} pixels, and players take no more than {_MOST_PX}",
            where=f"outputs.{name}.{'scale' if config.scale > 1 else 'seeds'}",
            hint="Write a smaller scale, or take fewer pictures.",
        )
    return form
