"""Options of the films that move to a sound."""

from __future__ import annotations

from typing import Literal, Self

from artgen.config import Config, File, option
from artgen.contracts import Input
from artgen.latents.seeds import AUTO, SeedsOrAuto, parse_seeds
from artgen.outputs.films.config import FilmConfig, segments_of
from artgen.shards import Pieces
from pydantic import model_validator

Follows = Literal["level", "onsets", "low", "mid", "high"]
"""What of a sound can be followed: how loud it is; its beats and notes as they begin; bass, middle and treble."""

_MOST_SHARDS = 9999


class FollowConfig(Config):
    """How something in a film follows the sound."""

    follows: Follows = option("level")
    """level is how loud it is, onsets are beats and notes as they begin; low, mid and high are how loud it is below
    180 Hz, up to 2.2 kHz and above."""
    attack: float = option(0.03, ge=0, le=60)
    """Seconds that it takes to follow a rise, most of the way."""
    release: float = option(0.3, ge=0, le=60)
    """Seconds that it takes to come back."""


class SpeedConfig(FollowConfig):
    """How fast the film travels from picture to picture."""

    follows: Follows = option("onsets")
    """level is how loud it is, onsets are beats and notes as they begin; low, mid and high are how loud it is below
    180 Hz, up to 2.2 kHz and above."""
    amount: float = option(10.0, ge=0, le=1000)
    """At its height the film is 1 + amount times as fast as in silence; 0 leaves its speed even."""
    release: float = option(0.12, ge=0, le=60)
    """Seconds that it takes to come back."""


class PsiConfig(FollowConfig):
    """How typical the pictures are."""

    amount: float = option(0.5, ge=-2, le=2)
    """Added to `truncation` at its height; negative makes pictures more typical with the sound, 0 leaves them."""
    attack: float = option(0.08, ge=0, le=60)
    """Seconds that it takes to follow a rise, most of the way."""
    release: float = option(0.2, ge=0, le=60)
    """Seconds that it takes to come back."""


class NoiseConfig(FollowConfig):
    """How strong the noise is, in generators that paint with noise: small things such as grain and locks of hair."""

    follows: Follows = option("high")
    """level is how loud it is, onsets are beats and notes as they begin; low, mid and high are how loud it is below
    180 Hz, up to 2.2 kHz and above."""
    attack: float = option(0.08, ge=0, le=60)
    """Seconds that it takes to follow a rise, most of the way."""
    amount: float = option(2.0, ge=-1, le=100)
    """At its height it is 1 + amount times as strong as in silence; -1 takes it away, 0 leaves it."""
    layers: str = option("all", pattern=r"^(all|coarse|middle|fine|\d+(-\d+)?)$")
    """Whose noise: all, coarse, middle or fine, a third each, or numbers from 0, the coarsest, such as "0-3"."""


class AudioFilmConfig(FilmConfig):
    """A film that moves to a sound."""

    sound: File
    """What is heard, and what the film moves to: any file that ffmpeg reads, such as "song.mp3"."""
    seconds: float = option(0.0, ge=0, le=24 * 3600)
    """Length; 0 for that of the sound. What is shorter ends with a fade, what is longer in silence."""
    seeds: SeedsOrAuto = option("auto")
    """The pictures that the film passes through, in this order; auto takes a new one every second."""
    way: Literal["spline", "slerp", "linear"] = option("spline")
    """spline bends around the seeds, slerp goes along arcs and turns at each, linear in straight lines."""
    pace: Literal["perceptual", "even"] = option("perceptual")
    """perceptual measures the path first, so that how much the picture changes follows the sound alone; the film then
    takes about half as long again. even goes by the latents, which linger here and jump there."""
    ending: Literal["loop", "stop"] = option("stop")
    """stop ends on the last seed; loop returns to the first, so that the film can play on for ever, as a loop of music
    does."""
    truncation: float = option(0.6, ge=0, le=2)
    """In silence: 1 for the generator's full variety; toward 0 for ever more typical pictures. The sound adds to it."""
    speed: SpeedConfig = option(SpeedConfig())
    """How fast the film travels from picture to picture."""
    psi: PsiConfig = option(PsiConfig())
    """How typical the pictures are."""
    noise: NoiseConfig = option(NoiseConfig())
    """How strong the noise is, in generators that paint with noise."""

    def pieces(self, paints_from: Input) -> Pieces:  # noqa: ARG002 - a film paints from latents
        """Its segments; how long a sound is nobody knows before it is read, so it is cut where the job says so."""
        if self.seconds:
            return segments_of(self.seconds, self.fps)
        return Pieces(_MOST_SHARDS, worthwhile=_MOST_SHARDS)

    @model_validator(mode="after")
    def _has_a_way_to_go(self) -> Self:
        if self.seeds != AUTO and len(parse_seeds(self.seeds)) < 2:
            raise ValueError('a film needs at least two seeds to go between, such as seeds = "0-5"')
        return self

    @model_validator(mode="after")
    def _is_heard_throughout(self) -> Self:
        if self.rounds > 1:
            raise ValueError("rounds: the sound is heard once; repeat it in the file, and leave rounds out")
        return self
