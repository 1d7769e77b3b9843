"""Films that play everywhere, encoded as they are painted, in segments that survive anything.

A film is cut into segments of a fixed number of frames. Each is encoded by an ffmpeg of its own through a pipe, closed
(it starts with a key frame and needs no other segment) and takes its name only when it is whole. The film is the
segments joined without encoding again. So an interrupted film goes on after its last whole segment, segments can be
made in any order and by several processes, and the same frames give the same bytes in all these ways.

H.264 High, yuv420p, even sides, BT.709 in limited range: converted, not only tagged.
"""

from __future__ import annotations

import contextlib
import functools
import os
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Literal, Self

import imageio_ffmpeg
import numpy as np

from artgen.errors import ArtgenError
from artgen.runs.files import whole_file

if TYPE_CHECKING:
    from artgen.latents.sampler import Picture

SEGMENT_FRAMES = 120
"""A multiple of the micro-batch, so that a film resumed or shared out is painted in the same batches."""

_THREADS = 4
"""x264's output depends on its number of threads, so it is not left to the machine."""

_SCALER = {"smooth": "lanczos", "crisp": "neighbor"}
_EXACT = ("-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1")
_BT709 = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"


@dataclass(frozen=True)
class FilmFormat:
    """How frames become a film.

    Attributes:
        width: of the frames as painted.
        height: of the frames as painted.
        fps: frames per second.
        scale: whole-number enlargement.
        enlarge: by Lanczos, or to hard squares.
        crf: x264's constant rate factor.
        background: (R, G, B) behind transparent frames.
    """

    width: int
    height: int
    fps: int = 30
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


class Film:
    """A film on its way to be finished.

    Args:
        path: of the finished film, ``.mp4``.
        form: size, speed and quality.
        frames: how many there are in one round.
        rounds: how often the round is in the film.
        details: what it carries: `title`, `comment`.
    """

    def __init__(
        self, path: Path, form: FilmFormat, frames: int, *, rounds: int = 1, details: Mapping[str, str] | None = None
    ) -> None:
        self.path = path
        self.form = form
        self.frames = frames
        self.rounds = rounds
        self.details = dict(details or {})
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
        """Make the film of its segments, then remove them.

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
        copy = ["-f", "concat", "-i", script.name, "-c", "copy", "-movflags", "+faststart", *_EXACT, *told]
        # ffmpeg reads names in the list as if they were URLs, so it works where they need no folder
        with (
            whole_file(self.path) as part,
            _FFmpeg([*copy, "-f", "mp4", str(part.resolve())], folder=self.folder) as ffmpeg,
        ):
            ffmpeg.wait()
        for file in (*files, script):
            file.unlink()
        with contextlib.suppress(OSError):  # what somebody else put there stays
            self.folder.rmdir()

    def _file(self, segment: range) -> Path:
        return self.folder / f"{segment.start // SEGMENT_FRAMES:05d}.mp4"


class SegmentEncoder:
    """Encodes one segment; leaving its block before `finish` leaves nothing behind."""

    def __init__(self, path: Path, form: FilmFormat) -> None:
        self._path = path
        self._form = form
        # another process may still be writing to the part of a run that was killed
        self._part = path.with_name(f".{path.stem}.{os.getpid()}-{threading.get_ident()}.part.mp4")
        self._ffmpeg: _FFmpeg | None = None

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
            self._ffmpeg = _FFmpeg([*self._form.arguments(), "-f", "mp4", str(self._part)])
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


class _FFmpeg:
    """A running ffmpeg whose last words are kept.

    It has a session of its own, so that Ctrl-C reaches artgen alone, which decides what becomes of the segment.
    """

    def __init__(self, arguments: Sequence[str], folder: Path | None = None) -> None:
        self._words: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - a pipe that nobody empties could block
        self._process = subprocess.Popen(  # noqa: S603 - our own arguments
            [_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", "-nostats", "-y", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._words,
            cwd=folder,
            start_new_session=True,
        )
        assert self._process.stdin is not None  # noqa: S101 - asked for above
        self._pipe = self._process.stdin

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.abort()

    def feed(self, data: memoryview) -> None:
        try:
            self._pipe.write(data)
        except OSError as error:
            raise self._failure() from error

    def wait(self) -> None:
        with contextlib.suppress(OSError):  # the exit status tells more
            self._pipe.close()
        if self._process.wait() != 0:
            raise self._failure()
        self._words.close()

    def abort(self) -> None:
        """Stop at once; nothing when it has ended."""
        if self._process.poll() is None:
            self._process.kill()
        with contextlib.suppress(OSError):
            self._pipe.close()
        self._process.wait()
        self._words.close()

    def _failure(self) -> ArtgenError:
        with contextlib.suppress(OSError):
            self._pipe.close()
        status = self._process.wait()
        self._words.seek(0)
        words = self._words.read().decode("utf-8", "replace").strip()
        said = "\n  ".join(words.splitlines()[-5:]) or "it said nothing"
        return ArtgenError(f"ffmpeg ended with {status}: {said}", hint="Is the disk full? Run the job again to go on.")


@functools.cache
def _ffmpeg_exe() -> str:
    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise ArtgenError(
            f"films need ffmpeg: {error}",
            hint="Install imageio-ffmpeg's wheel for this machine, or name your ffmpeg in IMAGEIO_FFMPEG_EXE.",
        ) from error


@functools.cache
def encoder_version() -> str:
    """Of ffmpeg; segments of two versions are not joined."""
    words = subprocess.run([_ffmpeg_exe(), "-version"], capture_output=True, check=True).stdout  # noqa: S603 - our own
    return words.decode("utf-8", "replace").split("\n", 1)[0].split(" Copyright")[0].removeprefix("ffmpeg version ")
