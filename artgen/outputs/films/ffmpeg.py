"""The ffmpeg that imageio-ffmpeg brings, as a process that is fed frames or gives them."""

from __future__ import annotations

import contextlib
import functools
import re
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import imageio_ffmpeg

from artgen.errors import ArtgenError


class FFmpeg:
    """A running ffmpeg whose last words are kept.

    It has a session of its own, so that Ctrl-C reaches artgen alone, which decides what becomes of the film.

    Args:
        arguments: its own.
        folder: where it works.
        gives: whether it is read from, at `output`; else it is fed.
    """

    def __init__(self, arguments: Sequence[str], folder: Path | None = None, *, gives: bool = False) -> None:
        self._words: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - a pipe that nobody empties could block
        self._process = subprocess.Popen(  # noqa: S603 - our own arguments
            [_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", "-nostats", "-y", *arguments],
            stdin=subprocess.DEVNULL if gives else subprocess.PIPE,
            stdout=subprocess.PIPE if gives else subprocess.DEVNULL,
            stderr=self._words,
            cwd=folder,
            start_new_session=True,
        )
        pipe = self._process.stdout if gives else self._process.stdin
        assert pipe is not None  # noqa: S101 - asked for above
        self._pipe = pipe

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.abort()

    @property
    def output(self) -> IO[bytes]:
        """What it gives."""
        return self._pipe

    def feed(self, data: memoryview) -> None:
        """Hand over some bytes; waits while it is busy.

        Raises:
            ArtgenError: it failed.
        """
        try:
            self._pipe.write(data)
        except OSError as error:
            raise self._failure() from error

    def wait(self) -> None:
        """Until it has ended.

        Raises:
            ArtgenError: it failed.
        """
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

    def words(self) -> str:
        """All that it said: what it complained about, or more where it was asked to say more."""
        self._words.seek(0)
        return self._words.read().decode("utf-8", "replace").strip()

    def last_words(self) -> str:
        """The end of it."""
        return "\n  ".join(self.words().splitlines()[-5:]) or "it said nothing"

    def _failure(self) -> ArtgenError:
        with contextlib.suppress(OSError):
            self._pipe.close()
        status = self._process.wait()
        if status < 0:
            full = "the disk" if -status == getattr(signal, "SIGXFSZ", 0) else "the memory"  # a file may not grow on
            return ArtgenError(
                f"ffmpeg was killed by signal {-status}: {self.last_words()}",
                hint=f"Was {full} full? Run the job again to go on.",
            )
        return ArtgenError(
            f"ffmpeg ended with {status}: {self.last_words()}", hint="Is the disk full? Run the job again to go on."
        )


@functools.cache
def _ffmpeg_exe() -> str:
    try:
        found = str(imageio_ffmpeg.get_ffmpeg_exe())
        _told_by(found, "-version")  # imageio-ffmpeg takes the name of another one as it is
    except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
        raise ArtgenError(
            f"films need ffmpeg: {error}",
            hint="Install imageio-ffmpeg's wheel for this machine, or name your ffmpeg in IMAGEIO_FFMPEG_EXE.",
        ) from error
    return found


@functools.cache
def encoder_version() -> str:
    """Of ffmpeg; segments of two versions are not joined."""
    return _told("-version").split("\n", 1)[0].split(" Copyright")[0].removeprefix("ffmpeg version ")


@functools.cache
def encoders() -> frozenset[str]:
    """The names of all that ffmpeg can encode with."""
    return frozenset(re.findall(r"^ [VAS]\S{5} (\S+) ", _told("-encoders"), re.MULTILINE))


@functools.cache
def filters() -> frozenset[str]:
    """The names of all that ffmpeg can do to frames."""
    return frozenset(re.findall(r"^ \S{2,3} (\S+) +\S+->\S+ ", _told("-filters"), re.MULTILINE))


def _told(question: str) -> str:
    return _told_by(_ffmpeg_exe(), question)


def _told_by(exe: str, question: str) -> str:
    command = [exe, "-hide_banner", question]
    words = subprocess.run(command, capture_output=True, check=True).stdout  # noqa: S603 - our own arguments
    return words.decode("utf-8", "replace")
