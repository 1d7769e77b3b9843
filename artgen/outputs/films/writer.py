"""What all outputs that are films have in common: from frames to finished files."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from artgen.colours import rgb_of
from artgen.errors import ArtgenError
from artgen.outputs.films.encoding import encode_missing
from artgen.outputs.films.film import Film
from artgen.outputs.films.form import FilmForm
from artgen.outputs.films.formats import require_encoders
from artgen.outputs.films.sound import open_music
from artgen.outputs.fitting import SMALLER, too_large
from artgen.outputs.metadata import file_details

if TYPE_CHECKING:
    from artgen.contracts import PictureShape
    from artgen.latents.sampler import Picture
    from artgen.outputs.films.config import FilmConfig
    from artgen.outputs.films.reel import Reel
    from artgen.runs.store import Artifact

SHOWN_AT_PX = 512
_TRANSPARENT = "transparent"


def write_film(
    reel: Reel,
    *,
    size: tuple[int, int],
    frames: int,
    paint: Callable[[range], Iterable[Picture]],
    about: str,
    shown_at_px: int = SHOWN_AT_PX,
    enlarged: bool = False,
    **details: Any,
) -> list[Artifact]:
    """Paint and encode what is missing of a film: ``film.mp4`` and its like, and the first frame as ``poster.webp``.

    Every frame is painted once for all formats; a format that is added later leaves the others as they are. Of a shard
    only the segments are made.

    Args:
        reel: of the film.
        size: width and height of the frames as painted.
        frames: how many there are in one round.
        paint: those of a segment, in their order; segments may be asked for in any order, and not all of them.
        about: what it shows, in words.
        shown_at_px: the long side is at least this where the config leaves it open.
        enlarged: whether the frames are painted in the size that `scale_of` says.
        details: what else is worth telling of it, such as `loop` and `seeds`.

    Raises:
        InterruptedRun: the user asked to stop; whole segments stay.
        ArtgenError: it would be too large, ffmpeg failed or cannot write a format, there is no sound in the file, or there
            is no room.
    """
    config, name, run = reel.config, reel.name, reel.run
    require_encoders(config.formats, with_sound=config.sound is not None, where=f"outputs.{name}.formats")
    form = _form(config, name, size, 1 if enlarged else scale_of(config, size, shown_at_px))
    carried = file_details(config.metadata, reel.recipe, about)
    title = {"title": run.name} if "Description" in carried else {}
    film = Film(
        reel.folder,
        form,
        frames,
        formats=config.formats,
        rounds=config.rounds,
        details={**title, "comment": carried["artgen"]} if carried else {},
        sound=open_music(config.sound, f"outputs.{name}.sound") if config.sound else None,
    )

    segments = _share(film, reel) if reel.shard else film.missing()
    missing = sum(map(len, segments))
    total = missing if reel.shard else frames
    painted = itertools.count(total - missing + 1)

    def with_poster(segment: range) -> Iterator[Picture]:
        for index, picture in zip(segment, paint(segment), strict=True):
            if index == 0:
                film.write_poster(picture, carried)
            yield picture
            run.on_progress(f"painting {name}", next(painted), total)

    encode_missing(film, with_poster, run.interrupted, name, segments)
    if reel.shard:
        return []
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


def _share(film: Film, reel: Reel) -> list[range]:
    """The segments of a shard that are neither with those of other shards nor with what was begun of the film."""
    begun = Film(reel.finished, film.form, film.frames, formats=film.formats)
    wanted = begun.missing() if reel.goes_on else film.segments()
    share = reel.shard.of(film.segments()) if reel.shard else []
    return [segment for segment in film.missing() if segment in wanted and segment in share]


def check_size(config: FilmConfig, name: str, size: tuple[int, int]) -> None:
    """Refuse a film that nobody can watch.

    Args:
        config: of the output.
        name: of the output.
        size: width and height of its frames.

    Raises:
        ArtgenError: it is too large.
    """
    if why := too_large(size):
        place = f"outputs.{name}.scale" if config.scale > 1 else f"outputs.{name}"
        raise ArtgenError(why, where=place, hint=SMALLER)


def check_painted_size(config: FilmConfig, name: str, shape: PictureShape) -> None:
    """The same of a film that shows one picture at a time, before anything is painted for it."""
    size = shape.width, shape.height
    scale = scale_of(config, size)
    check_size(config, name, (size[0] * scale, size[1] * scale))


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
    check_size(config, name, form.size)
    return form
