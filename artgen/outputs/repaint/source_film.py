"""A film to repaint: what it is, and its frames one after the other, upright, in square pixels, at a constant rate."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from artgen.data.scan import extensions
from artgen.errors import DataError
from artgen.outputs.films.ffmpeg import FFmpeg, filters
from artgen.outputs.films.sound import FilmSound, beside
from artgen.runs.checkpoints import sha256_of

if TYPE_CHECKING:
    from artgen.latents.sampler import Picture

_SQUARE = "scale=round(iw*sar):ih,setsar=1"
_RGB = "flags=lanczos+accurate_rnd+full_chroma_int+full_chroma_inp:out_range=pc,format=gbrp,format=rgb24"
_HD = (1280, 720)
"""Width or height from which on players take a film for high definition."""
_HD_MATRIX = "bt709"
_WIDE = {"smpte2084", "arib-std-b67"}
"""Transfers of films with a high dynamic range: PQ, and HLG, which telephones record in."""
_WIDE_MATRIX = "bt2020nc"
_WIDE_PRIMARIES = "bt2020"
_NARROWED = (
    "zscale=transfer=linear:npl=203,format=gbrpf32le,zscale=primaries=bt709,"
    "tonemap=mobius:param=0.8:desat=0:peak=4.93,"
    "zscale=transfer=bt709:matrix=gbr:range=full:dither=error_diffusion,format=gbrp,"
)
"""To the range and the colours of a screen. White is 203 cd/m², as ITU-R BT.2408 has it; what is brighter, up to HLG's 1000,
is drawn together with the last fifth below it."""
_USUAL_RATES = (10, 12, 15, 20, 24, 25, 30, 48, 50, 60, 120, 240)
_CLEARLY_ABOVE = 1.5
_ABOUT = 0.99
"""Of a rate is still that rate: frames are timed in whole milliseconds."""


@dataclass(frozen=True)
class SourceFilm:
    """A film that somebody wants repainted.

    Attributes:
        path: of its file.
        width: of a frame as people see it.
        height: likewise.
        fps: frames per second, exact; of a film whose rate varies, the constant one that it is repainted at.
        frames: how many there are at that rate.
        sound: what is heard.
        varies: whether a usual rate was taken, because its frames come at none.
        matrix: what its colours are taken to be coded by, where it does not say; "" leaves that to ffmpeg.
        wide: whether it has a high dynamic range, and so more colours than pictures here have.
        primaries: which its colours are taken to be mixed of, where it has such a range and does not say; else "".
    """

    path: Path
    width: int
    height: int
    fps: Fraction
    frames: int
    sound: FilmSound
    varies: bool = False
    matrix: str = ""
    wide: bool = False
    primaries: str = ""

    @cached_property
    def sha256(self) -> str:
        """Of its file, which may be large and is read once for all styles."""
        return sha256_of(self.path)

    def scaled(self, long_side_px: int) -> tuple[int, int]:
        """Width and height of its frames with another long side; their own for 0."""
        factor = long_side_px / max(self.width, self.height) if long_side_px else 1.0
        return max(1, round(self.width * factor)), max(1, round(self.height * factor))

    def pictures(self, size: tuple[int, int]) -> Iterator[Picture]:
        """All frames in a size, (H, W, 3), decoded as they are asked for; transparency is not looked at.

        Raises:
            DataError: the film ends before its time, or this ffmpeg cannot convert its range.
        """
        width, height = size
        if self.wide and "zscale" not in filters():
            raise DataError("this ffmpeg cannot convert a high dynamic range", where=self.path.name, hint=_NARROWER)
        stated = f"setparams=colorspace={self.matrix}," if self.matrix else ""
        if self.wide:
            stated += f"setparams=color_primaries={self.primaries}," if self.primaries else ""
            stated += _NARROWED
        convert = f"{stated}{_SQUARE},scale={width}:{height}:{_RGB}"
        arguments = [*_input(self.path), *_at(self.fps), "-vf", convert, "-c:v", "rawvideo", "-f", "rawvideo", "pipe:1"]
        heard = beside("0:a") if self.sound.codecs else []  # as when the frames were counted
        with FFmpeg([*arguments, *heard], gives=True) as ffmpeg:
            for _ in range(self.frames):
                data = ffmpeg.output.read(width * height * 3)
                if len(data) < width * height * 3:
                    raise DataError("the film ends before its time", where=self.path.name, hint=_MEND)
                yield np.frombuffer(data, np.uint8).reshape(height, width, 3)


def open_film(path: Path) -> SourceFilm:
    """Look at every frame of a film, twice where its rate varies.

    Raises:
        DataError: there is no such file, no film in it, or a picture that does not move.
    """
    if not path.is_file():
        raise DataError("there is no such film", where=str(path))
    told, times, words = _seen(path, ("-fps_mode:v", "passthrough"))
    if not times or "dimensions 0" not in told:
        reason = (
            "there are no moving pictures in it" if "matches no streams" in words else "it is no film that ffmpeg reads"
        )
        raise DataError(reason, where=str(path), hint=f"ffmpeg said: {words}")
    if len(times) == 1 and path.suffix.lower() in extensions():
        raise DataError("it is a picture and no film", where=str(path), hint="--pictures repaints pictures.")
    width, height = map(int, told["dimensions 0"].split("x"))
    sounds = [told[f"codec_id {stream}"] for stream in range(1, len(told)) if f"codec_id {stream}" in told]
    guessed = 1 / Fraction(told["tb 0"])
    fps = _rate(times, guessed)
    if fps != guessed or times != list(range(len(times))):
        times = _seen(path, _at(fps))[1]
    coded = _coded(path)
    # ffmpeg takes all films that do not say how their colours are coded for ones of the old TV
    unsaid = coded.get("fmt", "").startswith("yuv") and coded.get("color_space") == "unknown"
    wide, large = coded.get("color_trc") in _WIDE, width >= _HD[0] or height >= _HD[1]
    matrix = _WIDE_MATRIX if wide else _HD_MATRIX if large else ""
    return SourceFilm(
        path,
        width,
        height,
        fps,
        len(times),
        FilmSound(path, tuple(sounds)),
        varies=fps != guessed,
        matrix=matrix if unsaid else "",
        wide=wide,
        primaries=_WIDE_PRIMARIES if wide and coded.get("color_primaries") == "unknown" else "",
    )


def _seen(path: Path, rate: Sequence[str]) -> tuple[dict[str, str], list[int], str]:
    """What ffmpeg tells before the frames, when each frame is shown, and what it complained about."""
    told: dict[str, str] = {}
    times = []
    codecs = ("-map", "0:a?", "-c:a", "copy")  # told by name, not decoded
    with FFmpeg(
        [*_input(path), *rate, *codecs, "-vf", _SQUARE, "-c:v", "rawvideo", "-f", "framecrc", "pipe:1"], gives=True
    ) as ffmpeg:
        for line in ffmpeg.output:
            if line.startswith(b"0,"):
                times.append(int(line.split(b",")[2]))
            elif header := _HEADER.match(line):
                told[header[1].decode()] = header[2].decode()
        return told, times, ffmpeg.last_words()


def _coded(path: Path) -> dict[str, str]:
    """How the colours of the first frame are coded, in ffmpeg's words."""
    first = ["-loglevel", "info", *_input(path), "-vf", "showinfo", "-frames:v", "1", "-f", "null", "pipe:1"]
    with FFmpeg(first, gives=True) as ffmpeg:
        ffmpeg.output.read()
        return dict(re.findall(r"\b(fmt|color_space|color_primaries|color_trc):(\S+)", ffmpeg.words()))


def _rate(times: Sequence[int], guessed: Fraction) -> Fraction:
    """The constant rate for frames at these times, counted in frames of the rate that ffmpeg guesses.

    A guess is fine enough to tell all times apart, which for a film from a telephone may be a thousand frames per
    second. Where it is clearly above the mean rate, the next usual rate is taken. Pauses say nothing of the mean: what
    records a screen leaves out frames in which nothing moves.
    """
    gaps = [later - earlier for earlier, later in pairwise(times)]
    longest = 2 * median(gaps) if gaps else 0
    moving = [gap for gap in gaps if gap <= longest]
    if not sum(moving):
        return guessed
    mean = guessed * len(moving) / sum(moving)
    usual = next((Fraction(rate) for rate in _USUAL_RATES if rate >= mean * _ABOUT), guessed)
    return min(usual, guessed) if guessed > mean * _CLEARLY_ABOVE else guessed


_HEADER = re.compile(rb"#(tb \d+|codec_id \d+|dimensions 0): (\S+)")
"""Lines before the frames: the time between two of them, their size, and what the sound is encoded in."""
_NARROWER = "Convert it to SDR, or name an ffmpeg that has the filter zscale in IMAGEIO_FFMPEG_EXE."
_MEND = "Is the file damaged, or has it changed? ffmpeg -i FILM -c copy MENDED.mp4 may mend it."


def _input(path: Path) -> list[str]:
    """Arguments for the first film stream that is not a cover picture.

    A playlist may not fetch anything, and a name that looks like an option or an address is a file's all the same.
    """
    return ["-protocol_whitelist", "file", "-i", f"file:{path.resolve()}", "-map", "0:V:0"]


def _at(fps: Fraction) -> list[str]:
    """Arguments for a constant rate: frames are left out or repeated where they come at another."""
    return ["-r:v", str(fps), "-fps_mode:v", "cfr"]
