"""Decoded pictures in a file, ready to be read by row."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from artgen.contracts import PictureShape
from artgen.data.classes import labelled
from artgen.data.scan import Skipped
from artgen.errors import DataError
from artgen.file_lock import lock


class Pictures:
    """The training pictures: uint8, all of one size, RGBA premultiplied.

    They stay in their file; the page cache is what holds them, so a process that reads them stays small. While they
    are open no other run deletes the file.

    Args:
        path: the cache file, rows of height × width × channels bytes.
        names: the file of each row, relative to the folder of pictures.
        fingerprint: sha256 over what the pictures are: the content of the files, and the settings.
        skipped: what of the folder is left out.

    Attributes:
        classes: names of the classes, in order; none until `into_classes`.
        labels: (N,), the class of each row; None until `into_classes`.

    Raises:
        OSError: the file is gone.
        ValueError: the file does not hold as many rows as there are names.
    """

    def __init__(
        self, path: Path, shape: PictureShape, names: Sequence[str], fingerprint: str, skipped: Sequence[Skipped]
    ) -> None:
        self.path = path
        self.shape = shape
        self.names = list(names)
        self.fingerprint = fingerprint
        self.skipped = list(skipped)
        self.classes: tuple[str, ...] = ()
        self.labels: NDArray[np.int64] | None = None
        self._row_bytes = shape.size_bytes
        self._file = path.open("rb", buffering=0)
        lock(self._file, shared=True, wait=False)
        size_bytes = os.fstat(self._file.fileno()).st_size
        if size_bytes != len(self) * self._row_bytes:
            self._file.close()
            raise ValueError(f"{path.name} has {size_bytes} bytes instead of {len(self) * self._row_bytes}")

    def __len__(self) -> int:
        return len(self.names)

    def into_classes(self, folder: Path) -> None:
        """Tell the pictures apart by their sub-folders; the same pictures in other classes are other pictures.

        Args:
            folder: of the pictures, for complaints.

        Raises:
            DataError: there are fewer than two classes, or some pictures have none.
        """
        self.classes, self.labels = labelled(self.names, folder)
        self.shape = replace(self.shape, classes=len(self.classes))
        told = json.dumps([self.fingerprint, self.classes, self.labels.tolist()])
        self.fingerprint = hashlib.sha256(told.encode()).hexdigest()

    @cached_property
    def array(self) -> np.memmap[tuple[int, int, int, int], np.dtype[np.uint8]]:
        """All of them, mapped and read-only.

        Shape:
            (N, H, W, C)
        """
        shape = (len(self), self.shape.height, self.shape.width, self.shape.channels)
        return np.memmap(self._file, np.uint8, "r", shape=shape)

    def read(self, rows: Sequence[int] | NDArray[np.int64]) -> NDArray[np.uint8]:
        """Copies of some rows. Unlike slices of `array` this leaves no mapped pages in the process.

        Shape:
            (len(rows), H, W, C)
        """
        if not hasattr(os, "preadv"):
            return np.asarray(self.array[np.asarray(rows)])
        pictures = np.empty((len(rows), self.shape.height, self.shape.width, self.shape.channels), np.uint8)
        descriptor = self._file.fileno()
        for picture, row in zip(pictures, np.asarray(rows).tolist(), strict=True):
            if os.preadv(descriptor, [picture.data], row * self._row_bytes) != self._row_bytes:
                raise DataError(
                    "the decoded pictures were cut short while they were in use",
                    where=str(self.path),
                    hint="the same command decodes them anew and goes on from the last checkpoint",
                )
        return pictures

    def close(self) -> None:
        """Let go of the file; a mapping that somebody else still holds keeps it in use."""
        self.__dict__.pop("array", None)
        self._file.close()

    def __enter__(self) -> Pictures:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        file = getattr(self, "_file", None)
        if file:
            file.close()
