"""Options that films have in common, and those of a film that wanders from seed to seed."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from artgen.colours import Colour
from artgen.config import Config, File, option
from artgen.contracts import Input
from artgen.latents.seeds import AUTO, LARGEST_SEED, Seeds, SeedsOrAuto, parse_seeds
from artgen.latents.timing import Easing
from artgen.outputs.config import PaintedConfig
from artgen.shards import Pieces

FilmFormat = Literal["mp4", "webm", "webp", "gif", "apng", "avif"]
FORMATS: tuple[FilmFormat, ...] = get_args(FilmFormat)
WITH_SOUND = frozenset[FilmFormat]({"mp4", "webm"})
"""The others are pictures that move."""

Way = Literal["spline", "slerp", "linear", "circle", "noise"]
"""How a film goes through the pictures that a generator knows."""
MOST_SECONDS = 24 * 3600
SEGMENT_FRAMES = 120
"""A multiple of the micro-batch, so that a film resumed or shared out is painted in the same batches."""
_WORTHWHILE_SEGMENTS = 4
"""Seen at 64 pixels on one busy core: 10 seconds, where a process takes 7 to start."""


def frames_of(seconds: float, fps: int) -> int:
    """How many frames a film of so many seconds has; no film has fewer than two."""
    return max(2, round(seconds * fps))


def segments_of(seconds: float, fps: int) -> Pieces:
    """What a film of so many seconds consists of."""
    return Pieces(-(-frames_of(seconds, fps) // SEGMENT_FRAMES), _WORTHWHILE_SEGMENTS)


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
    """Whole-number enlargement; 0 brings the long side to at least 512 pixels, of several pictures together to 1024."""
    enlarge: Literal["smooth", "crisp"] = option("smooth")
    """How pixels are enlarged: Lanczos, or hard squares for pixel art."""
    background: Colour | Literal["transparent"] = option("white")
    """What shows through transparent pictures and between several: a colour name or #rrggbb. "transparent" leaves moving
    pictures as they are, and is white in MP4 and WebM."""
    crf: int = option(17, ge=1, le=40)
    """Quality: 17 is very good, higher is smaller and worse. GIF and APNG have but one."""
    sound: File | None = option(None)
    """A file to be heard with MP4 and WebM, as long as the film: cut with a short fade, or followed by silence."""

    @model_validator(mode="after")
    def _has_each_format_once(self) -> Self:
        if len({*self.formats}) < len(self.formats):
            raise ValueError("a format is named twice: formats lists each once")
        return self

    @model_validator(mode="after")
    def _has_room_for_its_sound(self) -> Self:
        if self.sound and not WITH_SOUND & {*self.formats}:
            mend = "" if type(self).model_fields["sound"].is_required() else ", or leave sound out"
            raise ValueError(f"{' and '.join(self.formats)} cannot hold sound: add 'mp4' or 'webm'{mend}")
        return self


class PacedConfig(FilmConfig):
    """What films have that go along a path."""

    trial: ClassVar[Mapping[str, Any]] = {"seconds": 1.0, "fps": 10}

    seconds: float = option(12.0, gt=0, le=MOST_SECONDS)
    """Length of one round."""
    pace: Literal["perceptual", "even"] = option("perceptual")
    """perceptual measures the path first and walks it so that the picture changes as much from every frame to the next;
    even takes equal steps through the latents, which linger here and jump there."""

    def pieces(self, paints_from: Input) -> Pieces:  # noqa: ARG002 - a film paints from latents
        """Its segments."""
        return segments_of(self.seconds, self.fps)


class InterpolationConfig(PacedConfig):
    """A film that wanders from seed to seed."""

    seeds: SeedsOrAuto = option("auto")
    """The pictures that the film passes through, in this order; auto takes a new one every two seconds. A circle has
    two, a noise loop one."""
    way: Way = option("spline")
    """spline bends around the seeds, slerp goes along arcs and turns at each, linear in straight lines; circle goes round
    through two seeds and their opposites, noise strays around one."""
    space: Literal["w", "z"] = option("w")
    """Where: among what the generator maps its latents to, or among these themselves, where pictures between two others
    are as typical as any. Networks without a mapping have but one space."""
    ending: Literal["loop", "ping-pong", "stop"] = option("loop")
    """loop returns to the first seed and ping-pong the way it came, so that the film can play on for ever; stop ends on
    the last seed."""
    reach: float = option(0.6, gt=0, le=4)
    """How far a noise loop strays: at 0.3 the picture stays what it is, at 1 little of it does."""
    harmonics: int = option(3, ge=1, le=64)
    """How restless a noise loop is: how many waves it is made of."""

    @model_validator(mode="before")
    @classmethod
    def _reads_older_locks(cls, told: Any) -> Any:
        """Runs from before this had other ways have `path` and `loop` in their locks."""
        if not isinstance(told, dict) or not {"path", "loop"} & told.keys():
            return told
        kept = {key: value for key, value in told.items() if key not in ("path", "loop")}
        if told.get("path") == "straight":
            kept = {"way": "slerp", **kept}
        return {"ending": "stop", **kept} if told.get("loop") is False else kept

    @model_validator(mode="after")
    def _has_a_way_to_go(self) -> Self:
        seeds = None if self.seeds == AUTO else parse_seeds(self.seeds)
        count = seeds and len(seeds)
        if self.way == "circle" and seeds and (count != 2 or seeds[0] == seeds[1]):
            raise ValueError('a circle goes through two seeds, such as seeds = "3,7"')
        if self.way == "noise" and count not in (None, 1):
            raise ValueError("a noise loop strays around one seed, such as seeds = 7")
        if self.way not in ("circle", "noise") and count == 1:
            raise ValueError('a film needs at least two seeds to go between, such as seeds = "0-5"')
        if self.way in ("circle", "noise") and self.ending != "loop":
            raise ValueError(f"a film of way = {self.way!r} comes back by itself: leave ending out")
        return self


class SeveralConfig(PacedConfig):
    """What films of several pictures side by side have."""

    trial: ClassVar[Mapping[str, Any]] = {"seconds": 1.0, "fps": 10, "seeds": "0-2"}

    seeds: Seeds = option("0-14")
    """Which pictures, row by row."""
    columns: int = option(0, ge=0, le=100)
    """Pictures in a row; 0 chooses by their number and shape."""
    gap: float = option(0.0625, ge=0, le=1)
    """Between pictures and around them, as a share of a picture's shorter side."""


class GridFilmConfig(SeveralConfig):
    """A wall of pictures, each of which wanders by itself."""

    way: Way = option("noise")
    """noise has each stray around its seed; circle takes each round through its own seed and the next one's; spline,
    slerp and linear lead each through its own seed and those that follow, `stops` in all, and back."""
    stops: int = option(3, ge=2, le=1000)
    """How many seeds each passes through, where the way leads through seeds: neighbours show the same pictures one after
    the other."""
    reach: float = option(0.6, gt=0, le=4)
    """How far a noise loop strays: at 0.3 the picture stays what it is, at 1 little of it does."""
    harmonics: int = option(3, ge=1, le=64)
    """How restless a noise loop is: how many waves it is made of."""

    @model_validator(mode="after")
    def _has_a_way_to_go(self) -> Self:
        if self.way != "noise" and len({*parse_seeds(self.seeds)}) < 2:
            raise ValueError("between fewer than two seeds there is no way: name more, or leave way = 'noise'")
        if self.way == "circle":
            seeds = parse_seeds(self.seeds)
            for seed, next_one in zip(seeds, [*seeds[1:], seeds[0]], strict=True):
                if seed == next_one:
                    raise ValueError(f"{seed} is its own neighbour, and between one and the same there is no circle")
        return self


class TruncationFilmConfig(SeveralConfig):
    """Pictures that grow out of the one that all have in common, and back into it."""

    truncation: float = option(1.0, ge=0, le=2)
    """The truncation psi that the pictures come to; see `least`."""
    least: float = option(0.0, ge=0, le=2)
    """The truncation psi that they begin with, and go back to; at 0 they are all the same."""

    @model_validator(mode="after")
    def _has_a_way_to_go(self) -> Self:
        if self.least >= self.truncation:
            raise ValueError(f"least = {self.least:g} must be below truncation = {self.truncation:g}")
        return self


class TimelapseConfig(SeveralConfig):
    """The same seeds from the beginning of the training to its end."""

    trial: ClassVar[Mapping[str, Any]] = {**SeveralConfig.trial, "hold": 0.0}

    hold: float = option(2.0, ge=0, le=MOST_SECONDS)
    """Seconds at the end, out of all, in which the last pictures stay."""

    @model_validator(mode="after")
    def _has_time_to_move(self) -> Self:
        if self.hold >= self.seconds:
            raise ValueError(f"hold = {self.hold:g} leaves no time to move in seconds = {self.seconds:g}")
        return self


class ZoomConfig(FilmConfig):
    """A film that falls into a picture, and in its middle into the next, without an end."""

    trial: ClassVar[Mapping[str, Any]] = {"seconds": 1.0, "fps": 10}

    seconds: float = option(12.0, gt=0, le=MOST_SECONDS)
    """Length of one round, after which the film is in the first picture again."""
    seeds: SeedsOrAuto = option("auto")
    """The pictures that it falls through, in this order; auto takes a new one every two seconds."""
    factor: float = option(3.0, ge=1.25, le=64)
    """How many times smaller each picture is in the one before."""
    focus: tuple[float, float] = option((0.5, 0.5))
    """The point that it falls into: from the left and from the top, as shares of the sides."""
    softness: float = option(0.5, ge=0, le=0.95)
    """How far from its edge a picture melts into the one around it, as a share of the way to the focus: 0 is a hard
    edge."""
    morph: float = option(0.5, ge=0, le=1)
    """How much the pictures change while the film is on its way to them: at 0 they stand still, at 1 all of them are
    one picture, which turns from seed to seed."""
    direction: Literal["in", "out"] = option("in")
    """Into the pictures or out of them."""

    def pieces(self, paints_from: Input) -> Pieces:  # noqa: ARG002 - a film paints from latents
        """Its segments."""
        return segments_of(self.seconds, self.fps)

    @field_validator("focus")
    @classmethod
    def _is_in_the_picture(cls, focus: tuple[float, float]) -> tuple[float, float]:
        if not all(0.05 <= share <= 0.95 for share in focus):
            raise ValueError("two shares of the sides, each from 0.05 to 0.95, such as [0.5, 0.4]")
        return focus


class Keyframe(Config):
    """A moment of a timeline: when it is, what is seen, and how it goes on from there."""

    at: float = option(ge=0, le=MOST_SECONDS)
    """Seconds from the beginning."""
    seed: int | None = option(None, ge=0, le=LARGEST_SEED)
    """What is seen: a seed; or else `projection` or `picture`."""
    projection: str = option("")
    """A picture that `artgen project` found, by its name."""
    picture: int = option(0, ge=0)
    """The number of a picture in the list `selection`, the first is 1."""
    class_: str = option("", alias="class")
    """Of the seed; by default that of the film."""
    truncation: float | None = option(None, ge=0, le=2)
    """Psi at this moment; by default that of the film, and 1 for projections."""
    mix: dict[str, Annotated[int, Field(ge=0, le=LARGEST_SEED)]] = option({})
    """Seeds that some layers listen to instead: { fine = 12 }, with coarse, middle, fine or numbers such as "0-3"."""
    noise: float = option(1.0, ge=0, le=4)
    """How strong the noise is, where the generator has any."""
    easing: Easing = option("linear")
    """How the film moves from here to the next moment: linear, ease-in, ease-out, ease-in-out; hold stays and jumps."""

    @model_validator(mode="after")
    def _shows_one_thing(self) -> Self:
        shown = [self.seed is not None, bool(self.projection), bool(self.picture)]
        if sum(shown) != 1:
            raise ValueError("a keyframe has one of seed, projection and picture")
        if self.projection and self.class_:
            raise ValueError("a projection has its own class: leave class out")
        return self


class TimelineConfig(FilmConfig):
    """A film by keyframes: what is seen when, and how it goes from one to the next."""

    trial: ClassVar[Mapping[str, Any]] = {"keyframes": [{"at": 0, "seed": 1}, {"at": 0.5, "seed": 2}], "fps": 10}

    keyframes: list[Keyframe] = option(min_length=2)
    """A table each, [[outputs.keyframes]], in the order of time; the first has at = 0."""
    selection: File | None = option(None)
    """A list that the page of the run saved, for keyframes with `picture`."""
    seconds: float = option(0.0, ge=0, le=MOST_SECONDS)
    """Length of the film. By default it stops at the last keyframe, and a loop takes as long to come back as it took
    from one keyframe to the next."""
    way: Literal["spline", "slerp", "linear"] = option("spline")
    """spline bends around the keyframes, slerp goes along arcs and turns at each, linear in straight lines."""
    ending: Literal["stop", "loop"] = option("stop")
    """loop goes on from the last keyframe to the first, so that the film can play on for ever."""
    pace: Literal["perceptual", "even"] = option("perceptual")
    """perceptual changes the picture as much from frame to frame between two keyframes, easing aside; even takes equal
    steps through the latents."""

    @property
    def length_s(self) -> float:
        """As asked; else to the last keyframe and, in a loop, as long again as it is from one to the next."""
        last, count = self.keyframes[-1].at, len(self.keyframes)
        return self.seconds or (last * count / (count - 1) if self.ending == "loop" else last)

    def pieces(self, paints_from: Input) -> Pieces:  # noqa: ARG002 - a film paints from latents
        """Its segments."""
        return segments_of(self.length_s, self.fps)

    @field_validator("keyframes")
    @classmethod
    def _are_in_order(cls, keyframes: list[Keyframe], info: ValidationInfo) -> list[Keyframe]:
        fps = info.data.get("fps", 30)
        if keyframes[0].at:
            raise _misplaced(0, keyframes[0].at, "the first keyframe is at 0")
        for index, (one, other) in enumerate(pairwise(keyframes), 1):
            if round(other.at * fps) <= round(one.at * fps):
                told = f"a keyframe comes after the one before, which is at {one.at:g}"
                if other.at > one.at:
                    told = f"at {fps:g} frames a second two keyframes are {1 / fps:.2g} s apart or more: one is at {one.at:g}"
                raise _misplaced(index, other.at, told)
        return keyframes

    @model_validator(mode="after")
    def _is_long_enough(self) -> Self:
        last, loops = self.keyframes[-1].at, self.ending == "loop"
        if self.seconds and (self.seconds < last or (loops and self.seconds * self.fps < last * self.fps + 1)):
            back = ", and the way back to the first takes a while too" if loops else ""
            raise ValueError(f"seconds = {self.seconds:g} is too short: the last keyframe is at {last:g}{back}")
        if any(keyframe.picture for keyframe in self.keyframes) and not self.selection:
            raise ValueError("a keyframe names a picture of a list: add selection = 'list.json'")
        return self


def _misplaced(index: int, at: float, told: str) -> ValidationError:
    """Said of the keyframe itself, so that its line is shown."""
    error = PydanticCustomError("value_error", "{told}", {"told": f"{told}, not at {at:g}"})
    return ValidationError.from_exception_data("keyframes", [{"type": error, "loc": (index, "at"), "input": at}])
