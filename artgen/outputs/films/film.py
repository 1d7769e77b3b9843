"""Films that play everywhere, encoded as they are painted, in segments that survive anything.

A film is cut into segments of a fixed number of frames. Each is encoded by an ffmpeg of its own through a pipe, closed
(it starts with a key frame and needs no other segment) and takes its name only when it is whole. The film is the
segments joined: MP4 (H.264) and WebM (VP9) without encoding again, moving pictures from segments without loss. So an
interrupted film goes on after its last whole segment, segments can be made in any order and by several processes, and
the same frames give the same bytes in all these ways.
"""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from artgen.errors import ArtgenError
from artgen.outputs.films.config import SEGMENT_FRAMES, WITH_SOUND
from artgen.outputs.films.ffmpeg import FFmpeg
from artgen.outputs.films.moving_pictures import PALETTE, make_moving_picture
from artgen.outputs.films.segments import EXACT, PARTS, SEGMENT_ENDINGS, SegmentEncoder, segment_ending
from artgen.outputs.stills.images import save_picture
from artgen.runs.files import whole_file, write_text

if TYPE_CHECKING:
    from artgen.latents.sampler import Picture
    from artgen.outputs.films.config import FilmFormat
    from artgen.outputs.films.form import FilmForm
    from artgen.outputs.films.sound import Sound

_RESAMPLING = {"smooth": Image.Resampling.LANCZOS, "crisp": Image.Resampling.NEAREST}
_POSTER = "poster.webp"
_DETAILS = "details.txt"
_TO_ESCAPE, _ESCAPED = re.compile(r"[=;#\\\n]"), r"\\\g<0>"
"""Of ffmpeg's files of details."""
TIMING = "segments/timing.json"
"""What was measured before the first frame, until the film is finished."""
FILES = ("film.*", _POSTER, "segments/*")
"""Patterns of all that a film leaves in its folder."""


class Film:
    """A film on its way to be finished.

    Args:
        folder: of this film alone.
        form: size, speed and quality.
        frames: how many there are in one round.
        formats: of the finished films.
        rounds: how often the round is in an MP4 or WebM; moving pictures play for ever.
        details: what it carries: `title`, `comment`.
        sound: what is heard; None for a silent film.
    """

    def __init__(
        self,
        folder: Path,
        form: FilmForm,
        frames: int,
        *,
        formats: Sequence[FilmFormat] = ("mp4",),
        rounds: int = 1,
        details: Mapping[str, str] | None = None,
        sound: Sound | None = None,
    ) -> None:
        self.folder = folder
        self.form = form
        self.frames = frames
        self.formats = formats
        self.rounds = rounds
        self.details = dict(details or {})
        self.sound = sound
        self.segments_folder = folder / "segments"
        self.poster = folder / _POSTER

    def path(self, ending: FilmFormat) -> Path:
        """Of the finished film in a format."""
        return self.folder / f"film.{ending}"

    def frames_in(self, ending: FilmFormat) -> int:
        """How many frames the finished film has."""
        return math.ceil(self.frames * self._rounds_of(ending) / self.form.step(ending))

    def fps_of(self, ending: FilmFormat) -> Fraction:
        """Frames per second of the finished film."""
        return Fraction(self.form.fps) / self.form.step(ending)

    def seconds_of(self, ending: FilmFormat) -> float:
        """How long the finished film is."""
        return float(self.frames_in(ending) / self.fps_of(ending))

    def segments(self) -> list[range]:
        """The frames of every segment."""
        starts = range(0, self.frames, SEGMENT_FRAMES)
        return [range(start, min(start + SEGMENT_FRAMES, self.frames)) for start in starts]

    def missing(self) -> list[range]:
        """The segments that are not there yet; those of a finished film are not missed."""
        return [segment for segment in self.segments() if self._missing_files(segment)]

    def encoder(self, segment: range) -> SegmentEncoder:
        """What takes the frames of one segment, in their order."""
        self.segments_folder.mkdir(parents=True, exist_ok=True)
        return SegmentEncoder(self._missing_files(segment), self.form)

    def join(self) -> None:
        """Make the films of their segments, then remove these; the comment also stands beside them, as ``.json``.

        Raises:
            ArtgenError: a segment is missing, or ffmpeg failed.
        """
        unfinished = self._unfinished()
        if self.missing():
            raise ArtgenError("the film has missing segments", where=str(self.folder), hint="Run the job again.")
        if unfinished and (comment := self.details.get("comment")):  # which other programs often drop
            write_text(self.folder / "film.json", f"{comment}\n")
        for ending in unfinished:
            with whole_file(self.path(ending)) as part:
                if ending in WITH_SOUND:
                    self._join(ending, part)
                else:
                    source = ["-r", str(self.form.fps), *self._source(ending)]
                    make_moving_picture(ending, source, self.form, self.frames, self.segments_folder, part)
        for file in self._left_over():
            file.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # what somebody else put there stays
            self.segments_folder.rmdir()

    def write_poster(self, picture: Picture, details: Mapping[str, str] | None = None) -> None:
        """Write a frame as ``poster.webp`` beside the film, as large as the film.

        Args:
            picture: the frame as painted.
            details: keyword and text of what it carries.
        """
        image = Image.fromarray(self.form.opaque(picture)).resize(self.form.size, _RESAMPLING[self.form.enlarge])
        save_picture(np.asarray(image), self.poster, details or {})

    def _unfinished(self) -> list[FilmFormat]:
        return [ending for ending in self.formats if not self.path(ending).exists()]

    def _rounds_of(self, ending: FilmFormat) -> int:
        return self.rounds if ending in WITH_SOUND else 1

    def _missing_files(self, segment: range) -> list[Path]:
        wanted = dict.fromkeys(self._file(segment, segment_ending(ending)) for ending in self._unfinished())
        return [file for file in wanted if not file.exists()]

    def _file(self, segment: range, ending: str) -> Path:
        return self.segments_folder / f"{segment.start // SEGMENT_FRAMES:05d}.{ending}"

    def _join(self, ending: FilmFormat, part: Path) -> None:
        heard = self.sound.arguments(ending, self.seconds_of(ending)) if self.sound else []
        first = ["-movflags", "+faststart"] if ending == "mp4" else []
        told = ["-map_metadata", "1"]
        arguments = [*self._source(ending), *self._carried(), *heard, "-c:v", "copy", *first, *EXACT, *told]
        # ffmpeg reads names in the list as if they were URLs, so it works where they need no folder
        with FFmpeg([*arguments, "-f", ending, str(part.resolve())], folder=self.segments_folder) as ffmpeg:
            ffmpeg.wait()

    def _source(self, ending: FilmFormat) -> list[str]:
        """Of ffmpeg: the joined segments as its input."""
        of_segments = segment_ending(ending)
        script = self.segments_folder / f"{of_segments}.txt"
        files = [(self._file(segment, of_segments).name, len(segment) / self.form.fps) for segment in self.segments()]
        # WebM and Matroska round times to milliseconds, so that without the duration sums of them would drift
        listed = "".join(f"file '{name}'\nduration {float(seconds):.6f}\n" for name, seconds in files)
        script.write_text(listed * self._rounds_of(ending), encoding="utf-8")
        return ["-f", "concat", "-i", script.name]

    def _carried(self) -> list[str]:
        """Of ffmpeg: the details as its second input, since no system takes arguments of any length."""
        script = self.segments_folder / _DETAILS
        lines = [f"{key}={_TO_ESCAPE.sub(_ESCAPED, text)}\n" for key, text in self.details.items()]
        script.write_text("".join([";FFMETADATA1\n", *lines]), encoding="utf-8", errors="replace", newline="\n")
        return ["-f", "ffmetadata", "-i", script.name]

    def _left_over(self) -> list[Path]:
        """All that was written on the way, also in formats that are not wanted any more."""
        of_segments = [self._file(segment, ending) for segment in self.segments() for ending in SEGMENT_ENDINGS]
        beside = [*(f"{ending}.txt" for ending in SEGMENT_ENDINGS), _DETAILS, PALETTE]
        parts = self.segments_folder.glob(PARTS)  # of processes that were killed
        return [*of_segments, *parts, *(self.segments_folder / name for name in beside), self.folder / TIMING]
