"""Films that play everywhere, encoded as they are painted, in segments that survive anything.

A film is cut into segments of a fixed number of frames. Each is encoded by an ffmpeg of its own through a pipe, closed
(it starts with a key frame and needs no other segment) and takes its name only when it is whole. The film is the
segments joined without encoding again. So an interrupted film goes on after its last whole segment, segments can be
made in any order and by several processes, and the same frames give the same bytes in all these ways.

H.264 High, yuv420p, even sides, BT.709 in limited range: converted, not only tagged.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

import numpy as np
from PIL import Image

from artgen.errors import ArtgenError
from artgen.outputs.films.ffmpeg import FFmpeg
from artgen.runs.files import whole_file, write_text

if TYPE_CHECKING:
    from artgen.latents.sampler import Picture

SEGMENT_FRAMES = 120
"""A multiple of the micro-batch, so that a film resumed or shared out is painted in the same batches."""

_THREADS = 4
"""x264's output depends on its number of threads, so it is not left to the machine."""

_PLAYED_IN_MP4 = frozenset({"aac", "ac3", "alac", "eac3", "flac", "mp3", "opus"})
_SCALER = {"smooth": "lanczos", "crisp": "neighbor"}
_EXACT = ("-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1")
_RESAMPLING = {"smooth": Image.Resampling.LANCZOS, "crisp": Image.Resampling.NEAREST}
_BT709 = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"


@dataclass(frozen=True)
class FilmFormat:
    """How frames become a film.

    Attributes:
        width: of the frames as painted.
        height: of the frames as painted.
        fps: frames per second, such as 25 or 30000/1001.
        scale: whole-number enlargement.
        enlarge: by Lanczos, or to hard squares.
        crf: x264's constant rate factor.
        background: (R, G, B) behind transparent frames.
    """

    width: int
    height: int
    fps: int | Fraction = 30
    scale: int = 1
    enlarge: Literal["smooth", "crisp"] = "smooth"
    crf: int = 17
    background: tuple[int, int, int] = (255, 255, 255)

    @property
    def padded(self) -> tuple[int, int]:
        """Width and height of a frame in the pipe: one more where the film's side would be odd."""
        return tuple(side + side * self.scale % 2 for side in (self.width, self.height))  # type: ignore[return-value]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the film, both even."""
        width, height = self.padded
        return width * self.scale, height * self.scale

    def raw(self, picture: Picture) -> Picture:
        """A picture as the encoder takes it: RGB, even sides by repeating the edge.

        Shape:
            (H, W, 1 | 3 | 4) -> (H', W', 3), contiguous.
        """
        channels = picture.shape[2]
        if channels == 4:
            alpha = picture[:, :, 3:].astype(np.uint32)
            behind = np.asarray(self.background, np.uint32) * (255 - alpha)
            picture = ((picture[:, :, :3] * alpha + behind + 127) // 255).astype(np.uint8)
        elif channels == 1:
            picture = np.repeat(picture, 3, axis=2)
        width, height = self.padded
        if (height, width) != picture.shape[:2]:
            missing = ((0, height - picture.shape[0]), (0, width - picture.shape[1]), (0, 0))
            picture = np.pad(picture, missing, mode="edge")
        return np.ascontiguousarray(picture)

    def arguments(self) -> list[str]:
        """Of ffmpeg, from the raw pipe to one closed segment."""
        (from_width, from_height), (width, height) = self.padded, self.size
        flags = f"{_SCALER[self.enlarge]}+accurate_rnd+full_chroma_int+full_chroma_inp+bitexact"
        convert = f"scale={width}:{height}:flags={flags}:in_range=pc:out_range=tv:out_color_matrix=bt709,format=yuv420p,{_BT709}"
        source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{from_width}x{from_height}", "-r", str(self.fps)]
        encoder = ["-c:v", "libx264", "-profile:v", "high", "-preset", "medium", "-crf", str(self.crf)]
        threads = ["-threads", str(_THREADS), "-filter_threads", "1"]
        return [*source, "-i", "pipe:0", "-an", "-vf", convert, *encoder, *threads, *_EXACT]


@dataclass(frozen=True)
class Sound:
    """What is heard with a film: all sound of another one, from its beginning.

    Attributes:
        path: of the other film.
        codecs: of each of its sound tracks, as ffmpeg calls them.
    """

    path: Path
    codecs: tuple[str, ...]

    def arguments(self) -> list[str]:
        """Of ffmpeg, as its second input: copied where MP4 has the codec, else AAC."""
        kept = ["copy" if codec in _PLAYED_IN_MP4 else "aac" for codec in self.codecs]
        codecs = [word for number, codec in enumerate(kept) for word in (f"-c:a:{number}", codec)]
        return [
            "-protocol_whitelist",
            "file",
            "-i",
            f"file:{self.path.resolve()}",
            "-map",
            "0:v",
            "-map",
            "1:a",
            *codecs,
        ]


class Film:
    """A film on its way to be finished.

    Args:
        path: of the finished film, ``.mp4``.
        form: size, speed and quality.
        frames: how many there are in one round.
        rounds: how often the round is in the film.
        details: what it carries: `title`, `comment`.
        sound: what is heard; None for a silent film.
    """

    def __init__(
        self,
        path: Path,
        form: FilmFormat,
        frames: int,
        *,
        rounds: int = 1,
        details: Mapping[str, str] | None = None,
        sound: Sound | None = None,
    ) -> None:
        self.path = path
        self.form = form
        self.frames = frames
        self.rounds = rounds
        self.details = dict(details or {})
        self.sound = sound
        self.folder = path.with_name("segments")

    def segments(self) -> list[range]:
        """The frames of every segment."""
        starts = range(0, self.frames, SEGMENT_FRAMES)
        return [range(start, min(start + SEGMENT_FRAMES, self.frames)) for start in starts]

    def missing(self) -> list[range]:
        """The segments that are not there yet; none when the film is."""
        if self.path.exists():
            return []
        return [segment for segment in self.segments() if not self._file(segment).exists()]

    def encoder(self, segment: range) -> SegmentEncoder:
        """What takes the frames of one segment, in their order."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return SegmentEncoder(self._file(segment), self.form)

    def join(self) -> None:
        """Make the film of its segments, then remove them; its comment also stands beside it, as ``.json``.

        Raises:
            ArtgenError: a segment is missing, or ffmpeg failed.
        """
        if self.path.exists():
            return
        files = [self._file(segment) for segment in self.segments()]
        if not all(file.exists() for file in files):
            raise ArtgenError("the film has missing segments", where=str(self.path), hint="Run the job again.")
        script = self.folder / "list.txt"
        script.write_text("".join(f"file '{file.name}'\n" for file in files) * self.rounds, encoding="utf-8")
        told = [argument for key, text in self.details.items() for argument in ("-metadata", f"{key}={text}")]
        heard = self.sound.arguments() if self.sound and self.sound.codecs else []
        copy = ["-f", "concat", "-i", script.name, *heard, "-c:v", "copy", "-movflags", "+faststart", *_EXACT, *told]
        if comment := self.details.get("comment"):  # which programs that work with films often drop
            write_text(self.path.with_suffix(".json"), f"{comment}\n")
        # ffmpeg reads names in the list as if they were URLs, so it works where they need no folder
        with (
            whole_file(self.path) as part,
            FFmpeg([*copy, "-f", "mp4", str(part.resolve())], folder=self.folder) as ffmpeg,
        ):
            ffmpeg.wait()
        for file in (*files, script):
            file.unlink()
        with contextlib.suppress(OSError):  # what somebody else put there stays
            self.folder.rmdir()

    def write_poster(self, picture: Picture) -> Path:
        """Write a frame as ``poster.webp`` beside the film, as large as the film."""
        path = self.path.with_name("poster.webp")
        image = Image.fromarray(self.form.raw(picture)).resize(self.form.size, _RESAMPLING[self.form.enlarge])
        with whole_file(path) as part:
            image.save(part, "WEBP", quality=92, method=4)
        return path

    def _file(self, segment: range) -> Path:
        return self.folder / f"{segment.start // SEGMENT_FRAMES:05d}.mp4"


class SegmentEncoder:
    """Encodes one segment; leaving its block before `finish` leaves nothing behind."""

    def __init__(self, path: Path, form: FilmFormat) -> None:
        self._path = path
        self._form = form
        # another process may still be writing to the part of a run that was killed
        self._part = path.with_name(f".{path.stem}.{os.getpid()}-{threading.get_ident()}.part.mp4")
        self._ffmpeg: FFmpeg | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._ffmpeg:
            self._ffmpeg.abort()
        self._part.unlink(missing_ok=True)

    def write(self, picture: Picture) -> None:
        """Hand over the next frame; waits while ffmpeg is busy.

        Raises:
            ArtgenError: ffmpeg failed.
        """
        if self._ffmpeg is None:
            self._ffmpeg = FFmpeg([*self._form.arguments(), "-f", "mp4", str(self._part)])
        self._ffmpeg.feed(self._form.raw(picture).data.cast("B"))

    def finish(self) -> None:
        """Close the segment and give it its name.

        Raises:
            ArtgenError: ffmpeg failed.
        """
        if self._ffmpeg is None:
            raise ArtgenError("a segment needs at least one frame", where=str(self._path))
        self._ffmpeg.wait()
        self._part.replace(self._path)
