"""What a cache file holds: JSON beside it, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

import PIL

from artgen.data.cache_folder import SLOT_LENGTH
from artgen.data.decode import DECODER_VERSION, Recipe
from artgen.data.rows import Row
from artgen.data.scan import FoundFile, Skipped, printable

_FORMAT = 1


@dataclass
class Manifest:
    """The files of a folder as they were decoded, in columns, in the order of their names.

    Attributes:
        data: name of the cache file; its rows are the files without a reason, in order.
        reasons: why a file is left out, "" for the others.
    """

    data: str = ""
    fingerprint: str = ""
    names: list[str] = field(default_factory=list)
    sizes_bytes: list[int] = field(default_factory=list)
    mtimes_ns: list[int] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, files: Sequence[FoundFile], rows: Sequence[Row], recipe: Recipe) -> Manifest:
        """The manifest of files and what became of them."""
        return cls(
            fingerprint=_fingerprint((row.sha256 for row in rows if not row.reason), recipe),
            names=[file.name for file in files],
            sizes_bytes=[row.size_bytes for row in rows],
            mtimes_ns=[row.mtime_ns for row in rows],
            hashes=[row.sha256 for row in rows],
            reasons=[row.reason for row in rows],
        )

    @classmethod
    def read(cls, path: Path) -> Manifest | None:
        """A manifest from its file; None when there is none, or none that can be understood."""
        try:
            stored = json.loads(path.read_bytes())
            if stored.pop("format") != _FORMAT:
                return None
            manifest = cls(**stored)
            rows = len(manifest.names)
            columns = (manifest.sizes_bytes, manifest.mtimes_ns, manifest.hashes, manifest.reasons)
            return manifest if all(len(column) == rows for column in columns) else None
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None

    def write(self, path: Path) -> None:
        """Write it; whoever reads meanwhile sees the old one."""
        with replacing(path) as file:
            file.write(json.dumps({"format": _FORMAT, **vars(self)}).encode("ascii"))

    def describes(self, files: Sequence[FoundFile]) -> bool:
        """Whether these are the same files, unchanged."""
        return (
            self.names == [file.name for file in files]
            and self.sizes_bytes == [file.size_bytes for file in files]
            and self.mtimes_ns == [file.mtime_ns for file in files]
        )

    def worth_another_try(self, folder: Path) -> set[str]:
        """Files that could not be read at all, and whose reason (rights, a lost disk, no memory) may have gone since."""
        pairs = zip(self.names, self.hashes, strict=True)
        return {name for name, sha256 in pairs if not sha256 and os.access(folder / name, os.R_OK)}

    def rows(self) -> Iterator[tuple[FoundFile, Row]]:
        """Every file, with what became of it."""
        columns = zip(self.names, self.sizes_bytes, self.mtimes_ns, self.hashes, self.reasons, strict=True)
        for name, size_bytes, mtime_ns, sha256, reason in columns:
            yield FoundFile(name, size_bytes, mtime_ns), Row(size_bytes, mtime_ns, sha256, reason)

    def pictures(self) -> list[str]:
        """Names of the files that have a row."""
        return [name for name, reason in zip(self.names, self.reasons, strict=True) if not reason]

    def skipped(self) -> list[Skipped]:
        """The others, and why."""
        pairs = zip(self.names, self.reasons, strict=True)
        return [Skipped(printable(name), reason) for name, reason in pairs if reason]


def slot_of(folder: Path, recipe: Recipe) -> str:
    """The name in the cache of a folder of pictures at given settings.

    Pillow's version is part of it, because another one may read what this one could not.
    """
    identity = [os.path.realpath(folder), asdict(recipe), DECODER_VERSION, PIL.__version__]
    return hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:SLOT_LENGTH]


@contextmanager
def replacing(path: Path) -> Iterator[IO[Any]]:
    """A file under a temporary name beside `path`, which it replaces, safe on disk, when the block ends well."""
    temporary = path.with_name(f"{path.stem}-{uuid4().hex}.part")
    try:
        with temporary.open("w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _fingerprint(hashes: Iterator[str], recipe: Recipe) -> str:
    settings = json.dumps([asdict(recipe), DECODER_VERSION], sort_keys=True)
    return hashlib.sha256("\n".join([settings, *hashes]).encode()).hexdigest()
