"""Options of the films."""

from __future__ import annotations

from typing import ClassVar, Literal, Self, get_args

from pydantic import model_validator

from artgen.config import File, option
from artgen.latents.seeds import AUTO, SeedsOrAuto, parse_seeds
from artgen.outputs.config import PaintedConfig

FilmFormat = Literal["mp4", "webm", "webp", "gif", "apng", "avif"]
FORMATS: tuple[FilmFormat, ...] = get_args(FilmFormat)
WITH_SOUND = frozenset[FilmFormat]({"mp4", "webm"})
"""The others are pictures that move."""


class FilmConfig(PaintedConfig):
    """What every film has."""

    paints: ClassVar[frozenset[str]] = frozenset({"latent"})

    fps: int = option(30, ge=1, le=120)
    """Frames per second."""
    formats: list[FilmFormat] = option(["mp4"], min_length=1)
    """One film in each, every frame painted once: "mp4" and "webm", and the moving pictures "webp", "gif", "apng" and
    "avif", which play for ever."""
    rounds: int = option(1, ge=1, le=1000)
    """How often the round is in the file, for players that cannot loop; once in moving pictures."""
    scale: int = option(0, ge=0, le=32)
    """Whole-number enlargement; 0 brings the long side to at least 512 pixels."""
    enlarge: Literal["smooth", "crisp"] = option("smooth")
    """How pixels are enlarged: Lanczos, or hard squares for pixel art."""
    background: str = option("white", pattern=r"^(#[0-9a-fA-F]{6}|[a-z]+)$")
    """What shows through transparent pictures: a colour name or #rrggbb. "transparent" leaves moving pictures as they
    are, and is white in MP4 and WebM."""
    crf: int = option(17, ge=1, le=40)
    """Quality: 17 is very good, higher is smaller and worse. GIF and APNG have but one."""
    sound: File | None = option(None)
    """A file to be heard with MP4 and WebM, as long as the film: cut with a short fade, or followed by silence."""

    @model_validator(mode="after")
    def _has_room_for_its_sound(self) -> Self:
        if self.sound and not WITH_SOUND & {*self.formats}:
            raise ValueError(f"{' and '.join(self.formats)} cannot hold sound: add 'mp4' or 'webm', or leave sound out")
        return self


class InterpolationConfig(FilmConfig):
    """A film that wanders from seed to seed."""

    seconds: float = option(12.0, gt=0, le=24 * 3600)
    """Length of one round."""
    seeds: SeedsOrAuto = option("auto")
    """The pictures that the film passes through, in this order; auto takes a new one every two seconds."""
    path: Literal["smooth", "straight"] = option("smooth")
    """smooth bends around the seeds, straight turns at each."""
    loop: bool = option(True)
    """Return to the first seed, so that the film can play on for ever."""

    @model_validator(mode="after")
    def _has_a_way_to_go(self) -> Self:
        if self.seeds != AUTO and len(parse_seeds(self.seeds)) < 2:
            raise ValueError('a film needs at least two seeds to go between, such as seeds = "0-5"')
        return self
