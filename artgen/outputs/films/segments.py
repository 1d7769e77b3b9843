"""A segment of a film: frames that need no others to be decoded, encoded while they are painted.

MP4 and WebM are joined of segments in their own encoding. Moving pictures are made of segments without loss, in the size
that was painted, which cost next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from artgen.errors import ArtgenError
from artgen.outputs.films.ffmpeg import FFmpeg
from artgen.runs.files import own_word
from artgen.runs.ownership import still_ours

if TYPE_CHECKING:
    from artgen.latents.sampler import Picture
    from artgen.outputs.films.form import FilmForm

EXACT = ("-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1")
"""No dates and no random numbers in the file."""
THREADS = ("-threads", "4", "-filter_threads", "1")
"""What encoders write depends on their number of threads, so it is not left to the machine."""

_BT709 = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"
_X264_CRF_END, _VP9_CRF_END = 51, 63


def vp9_crf(form: FilmForm) -> str:
    """The crf in the measure of VP9 and AV1, whose scale is longer."""
    return str(round(form.crf * _VP9_CRF_END / _X264_CRF_END))


def _h264(form: FilmForm) -> list[str]:
    """High profile; what every player since about 2010 plays."""
    return [*_bt709(form), "-c:v", "libx264", "-profile:v", "high", "-preset", "medium", "-crf", str(form.crf)]


def _vp9(form: FilmForm) -> list[str]:
    """At speed 4, which is 4 times as quick as 1 and looks the same by SSIM to 0.001."""
    quality = ["-crf", vp9_crf(form), "-b:v", "0", "-deadline", "good", "-cpu-used", "4", "-row-mt", "1"]
    return [*_bt709(form), "-c:v", "libvpx-vp9", *quality]


def _bt709(form: FilmForm) -> list[str]:
    """Converted, not only tagged, and of limited range, as players take for granted."""
    return ["-vf", f"{form.scaling}:in_range=pc:out_range=tv:out_color_matrix=bt709,format=yuv420p,{_BT709}"]


def _lossless(form: FilmForm) -> list[str]:
    return ["-c:v", "ffv1", "-level", "3", "-g", "1", "-pix_fmt", "bgra" if form.transparent else "bgr0"]


_ENCODINGS: Mapping[str, Callable[[FilmForm], list[str]]] = {"mp4": _h264, "webm": _vp9, "mkv": _lossless}
_MUXERS = {"mkv": "matroska"}
SEGMENT_ENDINGS = tuple(_ENCODINGS)
PARTS = ".*.part.*"
"""Of the names of segments that are being written."""


def segment_ending(film: str) -> str:
    """Of the segments that a film of this format is made of."""
    return film if film in _ENCODINGS else "mkv"


class SegmentEncoder:
    """Encodes one segment, in one or several ways; leaving its block before `finish` leaves nothing behind.

    Args:
        paths: of the files; what each is encoded as, its ending says.
        form: of the film.
    """

    def __init__(self, paths: Sequence[Path], form: FilmForm) -> None:
        self._form = form
        self._files = [_File(path, form) for path in paths]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for file in self._files:
            file.drop()

    def write(self, picture: Picture) -> None:
        """Hand over the next frame; waits while ffmpeg is busy.

        Raises:
            ArtgenError: ffmpeg failed.
        """
        opaque = None
        for file in self._files:
            if file.see_through:
                file.feed(self._form.see_through(picture))
            else:
                opaque = self._form.opaque(picture) if opaque is None else opaque
                file.feed(opaque)

    def finish(self) -> None:
        """Close the segment and give its files their names.

        Raises:
            ArtgenError: ffmpeg failed.
        """
        for file in self._files:
            file.finish()


@dataclass
class _File:
    path: Path
    form: FilmForm
    _ffmpeg: FFmpeg | None = None

    def __post_init__(self) -> None:
        # another process may still be writing to the part of a run that was killed
        self._part = self.path.with_name(f".{self.path.stem}.{own_word()}.part{self.path.suffix}")

    @property
    def see_through(self) -> bool:
        return self.form.transparent and self.path.suffix == ".mkv"

    def feed(self, raw: Picture) -> None:
        if self._ffmpeg is None:
            self._ffmpeg = FFmpeg([*self._arguments(), str(self._part)])
        self._ffmpeg.feed(raw.data.cast("B"))

    def finish(self) -> None:
        if self._ffmpeg is None:
            raise ArtgenError("a segment needs at least one frame", where=str(self.path))
        self._ffmpeg.wait()
        still_ours()
        self._part.replace(self.path)

    def drop(self) -> None:
        if self._ffmpeg:
            self._ffmpeg.abort()
        self._part.unlink(missing_ok=True)

    def _arguments(self) -> list[str]:
        """Of ffmpeg, from the raw pipe to one closed segment."""
        width, height = self.form.padded
        pixels = "rgba" if self.see_through else "rgb24"
        source = ["-f", "rawvideo", "-pix_fmt", pixels, "-s", f"{width}x{height}", "-r", str(self.form.fps)]
        ending = self.path.suffix[1:]
        encoding = _ENCODINGS[ending](self.form)
        return [*source, "-i", "pipe:0", "-an", *encoding, *THREADS, *EXACT, "-f", _MUXERS.get(ending, ending)]
