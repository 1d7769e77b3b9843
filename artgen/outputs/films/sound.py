"""What is heard with a film."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from artgen.errors import ArtgenError
from artgen.outputs.films.ffmpeg import FFmpeg

_PLAYED_IN_MP4 = frozenset({"aac", "ac3", "alac", "eac3", "flac", "mp3", "opus"})
_ENCODERS = {"mp4": ("aac", "192k"), "webm": ("libopus", "160k")}
_FADE_SECONDS = 0.5
_MEASURED_HZ = 8000
_MUTE = "there is no sound in it that ffmpeg reads"


class Sound(Protocol):
    """What is heard with a film."""

    def arguments(self, ending: str, seconds: float) -> list[str]:
        """Of ffmpeg: the sound as the third input of a film, and how it is encoded; nothing where there is none.

        Args:
            ending: of the film: ``mp4`` or ``webm``.
            seconds: how long it is.
        """


@dataclass(frozen=True)
class FilmSound:
    """All sound of another film, from its beginning; for MP4.

    Attributes:
        path: of the other film.
        codecs: of each of its sound tracks, as ffmpeg calls them.
    """

    path: Path
    codecs: tuple[str, ...]

    def arguments(self, ending: str, seconds: float) -> list[str]:  # noqa: ARG002 - the other film is as long
        """Copied where MP4 has the codec, else AAC."""
        if not self.codecs:
            return []
        kept = ["copy" if codec in _PLAYED_IN_MP4 else "aac" for codec in self.codecs]
        codecs = [word for number, codec in enumerate(kept) for word in (f"-c:a:{number}", codec)]
        return [*_input(self.path), *beside("2:V:0"), "-map", "0:v", "-map", "2:a", *codecs]


@dataclass(frozen=True)
class Music:
    """The first track of a file, made as long as the film: cut with a short fade, or followed by silence.

    It begins where the track does, also in a video whose sound begins later than its pictures.

    Attributes:
        path: of the file.
        seconds: how long it is by itself.
    """

    path: Path
    seconds: float

    def arguments(self, ending: str, seconds: float) -> list[str]:
        """AAC in MP4, Opus in WebM."""
        fade = min(_FADE_SECONDS, seconds)
        faded = f",afade=t=out:st={seconds - fade:.6f}:d={fade:.6f}" if self.seconds > seconds else ""
        codec, rate = _ENCODERS[ending]
        heard = [
            "-map",
            "0:v",
            "-map",
            "2:a:0",
            "-af",
            f"asetpts=PTS-STARTPTS,apad,atrim=end={seconds:.6f}{faded}",
            "-c:a",
            codec,
        ]
        return [*_input(self.path), *heard, "-b:a", rate, "-ar", "48000", "-ac", "2", "-flags:a", "+bitexact"]


def open_music(path: Path, where: str) -> Music:
    """Listen to all of a file once.

    Args:
        path: of the file.
        where: the place that names it.

    Raises:
        ArtgenError: ffmpeg hears nothing in it.
    """
    samples, words = _listen(path)
    if not samples:
        raise ArtgenError(_MUTE, where=where, hint=f"ffmpeg said: {words}")
    return Music(path, samples / _MEASURED_HZ)


def why_mute(path: Path) -> str:
    """Why a file is no sound for a film, by its beginning; "" where it is one, or is not there."""
    try:
        status = path.stat()
    except OSError:
        return ""
    return _why_mute(path, status.st_size, status.st_mtime_ns)


@lru_cache
def _why_mute(path: Path, *_as_it_is_now: int) -> str:
    samples, _ = _listen(path, "-frames:a", "1")
    return "" if samples else _MUTE


def _listen(path: Path, *options: str) -> tuple[int, str]:
    """How many samples are heard, and ffmpeg's last words."""
    heard = [*_input(path), "-map", "0:a:0", *options, "-ac", "1", "-ar", str(_MEASURED_HZ), "-f", "s16le", "pipe:1"]
    samples = 0
    with FFmpeg(heard, gives=True) as ffmpeg:
        while data := ffmpeg.output.read(1 << 20):
            samples += len(data) // 2
        return samples, ffmpeg.last_words()


def beside(streams: str) -> list[str]:
    """Of ffmpeg: an output that leads nowhere, for streams that only have to be looked at.

    An MPEG-TS begins, for ffmpeg, with the first of the streams that are asked for. Sound and frames that are read apart
    are in step only where both are asked for each time.

    Args:
        streams: which, as ``-map`` takes it.
    """
    return ["-map", streams, "-c", "copy", "-f", "null", os.devnull]


def _input(path: Path) -> list[str]:
    """A playlist may not fetch anything, and a name that looks like an option or an address is a file's all the same."""
    return ["-protocol_whitelist", "file", "-i", f"file:{path.resolve()}"]
