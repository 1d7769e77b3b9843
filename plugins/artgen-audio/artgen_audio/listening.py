"""From a file to samples, by the ffmpeg that artgen brings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from artgen.errors import ArtgenError
from artgen.outputs.films.ffmpeg import FFmpeg
from numpy.typing import NDArray

RATE_HZ = 24_000
"""Enough for what is seen: treble up to 12 kHz, and a whole number of samples in a hundredth of a second."""

_BLOCK_BYTES = 1 << 20


def samples_of(path: Path, where: str = "") -> Iterator[NDArray[np.float64]]:
    """The first sound track of a file, its channels added up, block by block.

    16 bits, as a float could be infinite.

    Args:
        path: of the file.
        where: the place that names it, for errors.

    Shape:
        (n,) each, in [-1, 1], `RATE_HZ` samples a second

    Raises:
        ArtgenError: ffmpeg hears nothing in it.
    """
    # A playlist may not fetch anything, and a name that looks like an option or an address is a file's all the same.
    source = ["-protocol_whitelist", "file", "-i", f"file:{path.resolve()}"]
    wanted = ["-map", "0:a:0", "-ac", "1", "-ar", str(RATE_HZ), "-f", "s16le", "pipe:1"]
    heard = False
    with FFmpeg([*source, *wanted], gives=True) as ffmpeg:
        while data := ffmpeg.output.read(_BLOCK_BYTES):
            heard = True
            yield np.frombuffer(data[: len(data) // 2 * 2], "<i2") / 32768
        words = ffmpeg.last_words()
    if not heard:
        raise ArtgenError("there is no sound in it that ffmpeg reads", where=where, hint=f"ffmpeg said: {words}")
