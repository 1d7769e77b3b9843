"""An output made by several processes: what it consists of, and the share of each process.

An output that can be made so says in its config what it consists of (`OutputConfig.pieces`), and its `write` takes a
`shard`. With one it makes the pieces of that share alone, records nothing and returns an empty list; without one it
makes what is still missing, joins all, and records the files. So the join is what a single process does anyway, and
whatever a lost process left undone is made then. What is made depends on the piece alone, never on the share that it is
in: files are the same bytes for any number of processes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

_WORDS = re.compile(r"(\d{1,6})of(\d{1,6})")


@dataclass(frozen=True)
class Pieces:
    """What an output consists of.

    Attributes:
        count: how many pieces can be made apart: pictures, segments of a film.
        worthwhile: how many are worth the start of a process: that takes seconds, however little it does then.
    """

    count: int = 1
    worthwhile: int = 1

    def shards(self, slots: int, asked: int = 0) -> int:
        """Into how many shares the work is cut.

        Args:
            slots: how many processes work at a time.
            asked: what the job says, ``[launcher] shards``; 0 where it says nothing. None is ever without a piece.
        """
        return max(1, min(asked, self.count) if asked else min(slots, self.count // self.worthwhile))


@dataclass(frozen=True)
class Shard:
    """A share of an output: every `count`-th piece, so that later pieces, which may be dearer, are spread evenly.

    Attributes:
        index: from 0.
        count: of all shares.
    """

    index: int
    count: int

    def of(self, pieces: Iterable[T]) -> list[T]:
        """Those pieces, of all, that are in this share."""
        return list(islice(pieces, self.index, None, self.count))

    def __str__(self) -> str:
        return f"{self.index}of{self.count}"


def shard_named(text: str) -> Shard | None:
    """The shard that a task id ends in, such as ``2of8``; None where it is none."""
    found = _WORDS.fullmatch(text)
    index, count = map(int, found.groups()) if found else (0, 0)
    return Shard(index, count) if index < count else None
