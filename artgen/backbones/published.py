"""Weight files that others publish: fetched once, when a job names their network, into the user's cache folder."""

from __future__ import annotations

import hashlib
import http.client
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from artgen.data.cache_folder import cache_folder
from artgen.errors import ArtgenError, FetchError
from artgen.runs.files import whole_file

Progress = Callable[[int, int], None]
"""Called now and then with the bytes that are there and the bytes that there will be."""

_CHUNK_BYTES = 1 << 20
_TIMEOUT_S = 30


@dataclass(frozen=True)
class PublishedFile:
    """A file with its address, and what it must be.

    Attributes:
        otherwise: what a person can do who cannot fetch it, besides putting it where it is looked for.
    """

    name: str
    url: str
    sha256: str
    size_bytes: int
    otherwise: str = 'name another place with [backbone] weights, or write [backbone] type = "vgg16", which is built in'

    @property
    def place(self) -> Path:
        """Where it is in the user's cache folder, once it was fetched."""
        return cache_folder().with_name("weights") / self.name

    def check(self, path: Path) -> None:
        """Raises ArtgenError when a file of this name is another one, as after a download that broke off."""
        try:
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
                length = stream.tell()
        except OSError as error:
            raise ArtgenError(f"cannot be read: {error.strerror}", where=str(path)) from error
        if digest != self.sha256:
            raise ArtgenError(
                f"this is not the file that is published as {self.name}: its sha256 is another"
                f" ({length:,} of {self.size_bytes:,} bytes)",
                where=str(path),
                hint=f"fetch it again from {self.url}; where no other is named artgen does so once the file is deleted",
            )

    def fetched(self, progress: Progress | None = None) -> Path:
        """The file in the user's cache folder, checked; downloaded when it is not there.

        Args:
            progress: by default a line on the terminal, where there is one.

        Raises:
            FetchError: it cannot be fetched.
            ArtgenError: it is not what it should be.
        """
        if self.place.exists():
            self.check(self.place)
        else:
            self._fetch(progress or _show)
        return self.place

    def _fetch(self, progress: Progress) -> None:
        try:
            self.place.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ArtgenError(f"cannot be made: {error.strerror}", where=str(self.place.parent)) from error
        digest = hashlib.sha256()
        with whole_file(self.place) as part:
            with part.open("wb") as stream:
                for chunk in self._chunks():
                    stream.write(chunk)
                    digest.update(chunk)
                    progress(stream.tell(), self.size_bytes)
                length = stream.tell()
            if digest.hexdigest() != self.sha256:
                raise self._not_fetched(
                    f"the sha256 of the {length:,} of {self.size_bytes:,} bytes that came is another"
                )

    def _chunks(self) -> Iterator[bytes]:
        try:
            with urllib.request.urlopen(self.url, timeout=_TIMEOUT_S) as answer:  # noqa: S310 - no user writes it
                while chunk := answer.read(_CHUNK_BYTES):
                    yield chunk
        except (OSError, http.client.HTTPException) as error:
            raise self._not_fetched(str(error).strip("<>")) from error

    def _not_fetched(self, reason: str) -> FetchError:
        return FetchError(
            f"{self.name} cannot be fetched from {self.url}: {reason}",
            hint=f"put the file into {self.place.parent}, {self.otherwise}",
        )


def _show(done: int, total: int) -> None:
    if sys.stderr.isatty():
        end = "\n" if done >= total else ""
        sys.stderr.write(f"\rfetching weights: {done / 1e6:.0f} of {total / 1e6:.0f} MB{end}")
        sys.stderr.flush()
