"""The pictures that an output shows, wherever they come from: painted from seeds, or finished before."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8] | NDArray[np.uint16]
"""(H, W, C) with 1, 3 or 4 channels, 8 or 16 bits each; sRGB, straight alpha."""


@dataclass(frozen=True)
class Original:
    """A picture, or several mixed, that a work was made from or after.

    Attributes:
        name: as people know it.
        files: those that are still there; empty when they are gone.
    """

    name: str
    files: tuple[Path, ...] = ()


def anchor_of(stem: str) -> str:
    """What a link to a picture that has no seed ends in, by its file's name; "" for "".

    Parts of the page have names of one word, and no anchor has a space.
    """
    return "-".join((stem if "--" in stem or not stem else f"canvas {stem}").split())


@dataclass(frozen=True, eq=False)
class Work:
    """One picture, before anybody paints or reads it; it equals itself alone.

    Attributes:
        stem: of its files' names: ``seed-000007``.
        anchor: what a link to it on the page ends in.
        name: what people call it: "Seed 7".
        label: the lines under it on a sheet.
        alt: what it is, in words.
        width: in pixels; likewise `height`.
        channels: 1, 3 or 4.
        details: what is recorded with its files and told beside it.
        recipe: what its files carry, beside what all works have in common.
        content: what was repainted; None where nothing was.
        style: what it is painted like; None where it is its own.
        dpi: how large its files are printed that are not told otherwise; 0 says nothing of that.
    """

    stem: str
    anchor: str
    name: str
    label: tuple[str, ...]
    alt: str
    width: int
    height: int
    channels: int
    details: Mapping[str, Any] = field(default_factory=dict)
    recipe: Mapping[str, Any] = field(default_factory=dict)
    content: Original | None = None
    style: Original | None = None
    dpi: float = 0.0


class Works(ABC):
    """The pictures of one source, in the order in which they are shown.

    Attributes:
        numbered: whether they are many alike that go by a number; others have names and sizes of their own, and are
            looked at one by one.
        depth: bits of a channel.
        icc: the colour profile that their files carry; empty for none.
        works: all of them.
        recipe: how all of them were made; no paths.
        identity: what else decides their pixels.
        about: which they are, in words.
        told: the same, as what is recorded of all of them together.
    """

    numbered: ClassVar[bool]
    depth: ClassVar[Literal[8, 16]]
    icc: bytes = b""
    works: Sequence[Work]
    recipe: Mapping[str, Any]
    identity: Mapping[str, str]
    about: str
    told: Mapping[str, Any]

    @abstractmethod
    def pixels(self, works: Iterable[Work]) -> Iterator[Pixels]:
        """The pictures of some of the works, one after the other.

        Raises:
            ArtgenError: one cannot be painted or read.
        """
