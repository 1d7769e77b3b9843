"""A folder of pictures -> one file of decoded pictures, made once and kept while nothing changes.

Three files in the cache folder belong to a folder of pictures at given settings: ``SLOT.json`` says what was decoded,
``SLOT-FINGERPRINT.bin`` holds the rows, ``SLOT.lock`` is held by the one process that builds. Both others appear by
renaming, so a process that dies leaves at most a ``.part`` file, which the next builder removes.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

from artgen.data import pool
from artgen.data.cache_folder import cache_folder as users_cache_folder
from artgen.data.cache_folder import cap_bytes, make_room, remove_unused
from artgen.data.config import DataConfig
from artgen.data.decode import Recipe
from artgen.data.listed import FEWEST_PICTURES, listed_files, too_few
from artgen.data.manifest import Manifest, slot_of
from artgen.data.pictures import Pictures
from artgen.data.rows import Row
from artgen.data.scan import FoundFile, Skipped
from artgen.errors import ArtgenError
from artgen.file_lock import lock

Progress = Callable[[int, int], None]
"""Told (decoded, to decode)."""

FINISHED = (".bin", ".safetensors")
"""Decoded pictures, and what was computed from them and put beside them."""


def open_pictures(
    config: DataConfig,
    *,
    progress: Progress | None = None,
    workers: int | None = None,
    cache_folder: Path | None = None,
) -> Pictures:
    """The pictures of a job, from the cache if its files are as they were, else decoded on all cores.

    Only files that are new or changed are decoded. Two processes that want the same pictures at once build them once.

    Args:
        config: the `[data]` table; its folder is absolute by now.
        progress: called now and then while files are decoded, in this thread.
        workers: how many processes decode; as many as there are cores by default.
        cache_folder: instead of the user's own.

    Raises:
        DataError: the folder is missing, has fewer than `FEWEST_PICTURES` that can be read, or is to be in classes
            and is not.
        ArtgenError: the cache folder cannot be written or is full.
    """
    files, unseen = listed_files(config.folder, config.classes)
    recipe = Recipe.of(config)
    folder = cache_folder or users_cache_folder()
    slot = _Slot(folder, slot_of(config.folder, recipe), config, recipe, unseen)
    try:
        pictures = slot.opened(files) or slot.built(files, progress, workers)
    except BrokenPipeError:  # of `progress`, whose reader has gone
        raise
    except OSError as error:
        raise ArtgenError(
            f"the cache of decoded pictures cannot be used: {error.strerror or error}",
            where=str(folder),
            hint="set ARTGEN_CACHE to a folder that can be written and has room",
        ) from error
    if config.classes:
        pictures.into_classes(config.folder)
    return pictures


class _Slot:
    """The place in the cache of one folder of pictures at given settings."""

    def __init__(self, folder: Path, name: str, config: DataConfig, recipe: Recipe, unseen: Sequence[Skipped]) -> None:
        self.folder = folder
        self.name = name
        self.source = config.folder
        self.shape = config.decoded_shape
        self.recipe = recipe
        self.unseen = list(unseen)
        self.row_bytes = self.shape.size_bytes

    @property
    def manifest(self) -> Path:
        return self.folder / f"{self.name}.json"

    def opened(self, files: Sequence[FoundFile]) -> Pictures | None:
        """The pictures as they are in the cache; None when they are not there or the files have changed."""
        manifest = Manifest.read(self.manifest)
        if manifest is None or not manifest.describes(files) or manifest.worth_another_try(self.source):
            return None
        pictures = self._open(manifest)
        if pictures:
            with contextlib.suppress(OSError):
                os.utime(self.manifest)  # used now: others go first when room is needed
        return pictures

    def built(self, files: Sequence[FoundFile], progress: Progress | None, workers: int | None) -> Pictures:
        """Decode what is new, while nobody else does."""
        cap = cap_bytes()
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / f"{self.name}.lock").open("ab") as held:
            alone = lock(held)
            finished = self.opened(files)  # by the process that we waited for
            if finished:
                return finished
            if alone:
                for leftover in self.folder.glob(f"{self.name}-*.part"):  # of a process that was killed
                    leftover.unlink(missing_ok=True)
            pictures = self._build(files, progress, workers)
        with contextlib.suppress(OSError):  # the pictures are there; the next start tries again
            make_room(self.folder, self.name, cap)
        return pictures

    def _open(self, manifest: Manifest) -> Pictures | None:
        skipped = [*self.unseen, *manifest.skipped()]
        try:
            return Pictures(self.folder / manifest.data, self.shape, manifest.pictures(), manifest.fingerprint, skipped)
        except (OSError, ValueError):  # deleted or damaged
            return None

    def _build(self, files: Sequence[FoundFile], progress: Progress | None, workers: int | None) -> Pictures:
        self._check_room(len(files))
        old = Manifest.read(self.manifest)
        part = self.folder / f"{self.name}-{uuid4().hex}.part"
        try:
            with part.open("w+b") as target:
                _reserve(target, len(files) * self.row_bytes)
                rows = self._copied(old, files, target)
                done = self._decoded(files, rows, part, progress, workers)
                kept = _close_gaps(target, done, self.row_bytes)
                manifest = Manifest.of(files, done, self.recipe)
                if kept < FEWEST_PICTURES:
                    raise too_few(self.source, kept, [*self.unseen, *manifest.skipped()])
                os.fsync(target.fileno())
            return self._published(manifest, part)
        finally:
            part.unlink(missing_ok=True)

    def _published(self, manifest: Manifest, part: Path) -> Pictures:
        """Give the finished file its name, and name it in the manifest: from then on others see it."""
        manifest.data = f"{self.name}-{manifest.fingerprint[:16]}.bin"
        data = self.folder / manifest.data
        try:
            part.replace(data)
        except PermissionError:  # Windows: somebody reads the same pictures under this name
            if not data.exists():
                raise
        pictures = self._open(manifest)
        if pictures is None:
            raise OSError(f"{manifest.data} vanished while it was being written")
        manifest.write(self.manifest)
        for file in self.folder.glob(f"{self.name}-*.*"):
            if file.stem != data.stem and file.suffix in FINISHED:
                remove_unused(file)
        return pictures

    def _check_room(self, rows: int) -> None:
        wanted, free = rows * self.row_bytes, shutil.disk_usage(self.folder).free
        if wanted > free:
            raise ArtgenError(
                f"{rows} pictures of {self.shape} take {wanted / 1e9:.1f} GB; {free / 1e9:.1f} GB are free",
                where=str(self.folder),
                hint="make room, choose a smaller size, or set ARTGEN_CACHE to a folder on another disk",
            )

    def _copied(self, old: Manifest | None, files: Sequence[FoundFile], target: IO[bytes]) -> dict[int, Row]:
        """Take over what became of files that have not changed, by their index."""
        pictures = self._open(old) if old else None
        if old is None or pictures is None:
            return {}
        known = dict(old.rows())
        again = old.worth_another_try(self.source)
        rows = {index: known[file] for index, file in enumerate(files) if file in known and file.name not in again}
        row_of = {name: row for row, name in enumerate(pictures.names)}
        with pictures:
            for index, row in rows.items():
                if not row.reason:
                    target.seek(index * self.row_bytes)
                    target.write(pictures.read([row_of[files[index].name]]).data)
        target.flush()
        return rows

    def _decoded(
        self,
        files: Sequence[FoundFile],
        rows: dict[int, Row],
        target: Path,
        progress: Progress | None,
        workers: int | None,
    ) -> list[Row]:
        """Decode the files that have no row yet into theirs; return what became of each file."""
        wanted = [index for index in range(len(files)) if index not in rows]
        items = [[index, os.path.join(self.source, files[index].name)] for index in wanted]  # noqa: PTH118 (10 times quicker)
        settings = {"recipe": asdict(self.recipe), "target": str(target)}
        for done, (item, result) in enumerate(pool.run("artgen.data.rows:RowWriter", settings, items, workers), 1):
            rows[wanted[item]] = _row(files[wanted[item]], result)
            if progress:
                progress(done, len(wanted))
        return [rows[index] for index in range(len(files))]


def _row(file: FoundFile, result: list[Any] | None) -> Row:
    if result is pool.CRASHED:
        return Row(file.size_bytes, file.mtime_ns, "", "the decoder crashed on it")
    row = Row(*result)
    return row if row.sha256 else row._replace(size_bytes=file.size_bytes, mtime_ns=file.mtime_ns)


def _reserve(target: IO[bytes], size_bytes: int) -> None:
    """Take the room on disk now, so that a full disk is an error here and not in the middle."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(target.fileno(), 0, size_bytes)
    else:
        target.truncate(size_bytes)


def _close_gaps(target: IO[bytes], rows: Sequence[Row], row_bytes: int) -> int:
    """Move the rows together where files gave none; return how many there are."""
    kept = 0
    for index, row in enumerate(rows):
        if row.reason:
            continue
        if kept != index:
            target.seek(index * row_bytes)
            pixels = target.read(row_bytes)
            target.seek(kept * row_bytes)
            target.write(pixels)
        kept += 1
    target.flush()
    target.truncate(kept * row_bytes)
    return kept
