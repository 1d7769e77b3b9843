"""The task of the cache's processes: decode one file into its row of the cache file."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

from artgen.data.decode import NoMemoryError, PictureError, Recipe, open_picture, picture_bytes, plain_reasons
from artgen.file_lock import lock

LARGE_PX = 1 << 26
"""Pictures of more pixels are decoded one at a time, so that all cores together never need many gigabytes."""

_READ_WHOLE_BYTES = 1 << 24


class Row(NamedTuple):
    """What became of one file.

    Attributes:
        size_bytes: of the file that was decoded, as its time and hash are: it may have changed since the scan.
        sha256: of the file; "" when it could not be read at all, or not in the memory there was.
        reason: why there is no picture; "" when there is one.
    """

    size_bytes: int
    mtime_ns: int
    sha256: str
    reason: str


class RowWriter:
    """Decodes files into rows of an existing file of ``rows × height × width × channels`` bytes.

    Args:
        settings: ``recipe`` (of `Recipe`) and ``target``, the file.
    """

    def __init__(self, settings: dict[str, Any]) -> None:
        recipe = settings["recipe"]
        self.recipe = Recipe(**{**recipe, "background": tuple(recipe["background"])})
        self.target_path = Path(settings["target"])
        self.target = self.target_path.open("r+b", buffering=0)

    def __call__(self, item: list[Any]) -> Row:
        """Decode ``[row, path]``."""
        row, path = item
        try:
            with Path(path).open("rb", buffering=0) as file:
                status = os.fstat(file.fileno())
                content, sha256 = hashed(file)
                pixels, reason = self._decoded(content)
        except NoMemoryError as error:
            return Row(-1, 0, "", str(error))  # as if it could not be read: another time there may be more
        except OSError as error:
            return Row(-1, 0, "", f"cannot be read: {error.strerror or error}")
        if pixels:
            self.target.seek(row * len(pixels))
            self.target.write(pixels)
        return Row(status.st_size, status.st_mtime_ns, sha256, reason)

    def _decoded(self, content: IO[bytes]) -> tuple[bytes, str]:
        try:
            with plain_reasons():
                image = open_picture(content)
                with self._in_turn(image.width * image.height):
                    return picture_bytes(image, self.recipe), ""
        except NoMemoryError:
            raise
        except PictureError as error:
            return b"", str(error)

    @contextmanager
    def _in_turn(self, pixels: int) -> Iterator[None]:
        if pixels <= LARGE_PX:
            yield
            return
        with self.target_path.open("rb") as turnstile:
            lock(turnstile)
            yield


def hashed(file: IO[bytes]) -> tuple[IO[bytes], str]:
    """The file to decode from, in memory when it is small, and the sha256 of its content."""
    if os.fstat(file.fileno()).st_size <= _READ_WHOLE_BYTES:
        content = file.read()
        return io.BytesIO(content), hashlib.sha256(content).hexdigest()
    digested: Any = file
    sha256 = hashlib.file_digest(digested, "sha256").hexdigest()
    file.seek(0)
    return file, sha256
