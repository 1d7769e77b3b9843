"""Which pictures of a batch a process works on, and how many of them at a time.

Layers that look at several pictures do so in groups of consecutive ones (`MinibatchStddev`), counted from the first of
the batch. So that their numbers are the same however many processes there are, a slice begins where a group does, and
so does a micro-batch that has room for one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from torch import nn

from artgen.errors import ArtgenError
from artgen.layers.minibatch_stddev import MinibatchStddev


@dataclass(frozen=True)
class Slicing:
    """A batch, cut for some processes.

    Args:
        batch: pictures of a step.
        unit: pictures that are looked at together.
        processes: how many share the batch.
        rank: which of them this is.
        least: pictures that must be worked on at a time: 2 where a layer has nothing but others to compare one with.

    Raises:
        ArtgenError: there are more processes than groups, or some would have too few pictures.
    """

    batch: int
    unit: int = 1
    processes: int = 1
    rank: int = 0
    least: int = 1

    def __post_init__(self) -> None:
        if self.processes <= self.most_processes:
            return
        together = max(self.unit, self.least)
        so_many = f" that are looked at {together} at a time" if together > 1 else ""
        raise ArtgenError(
            f"a batch of {self.batch} pictures{so_many} cannot be shared by {self.processes} processes",
            where="[train] devices",
            hint=f"use at most {self.most_processes}, or write [train] batch = {self.processes * together} or more",
        )

    @property
    def most_processes(self) -> int:
        """How many could share the batch."""
        return self._parts(self.batch)

    @property
    def own(self) -> range:
        """The pictures of this process, counted in the batch."""
        return self._shares()[self.rank]

    @property
    def largest(self) -> int:
        """Pictures of the process that has most."""
        return max(map(len, self._shares()))

    @property
    def smallest(self) -> int:
        """Pictures of the process that has fewest."""
        return min(map(len, self._shares()))

    @property
    def most_pieces(self) -> int:
        """So many micro-batches can all processes make of their slices."""
        return max(1, self.smallest // self.least)

    def pieces(self, size: int) -> int:
        """How many micro-batches of at most `size` a slice takes: as many in all processes, which work in step."""
        step = size // self.unit * self.unit or size
        return min(-(-self.largest // step), self.most_pieces)

    def micro_batches(self, size: int) -> list[range]:
        """The micro-batches of this process."""
        pieces = self.pieces(size)
        unit = self.unit if self.unit <= size and pieces <= self._parts(len(self.own)) else 1
        return _cut(self.own, pieces, unit)

    def _parts(self, pictures: int) -> int:
        """How many parts of whole groups, a last one that is not full included, can be made of some pictures."""
        full, rest = divmod(pictures, self.unit)
        return max(1, min(full + (rest >= self.least), pictures // self.least))

    def _shares(self) -> list[range]:
        return _cut(range(self.batch), self.processes, self.unit)


def _cut(pictures: range, parts: int, unit: int) -> list[range]:
    """Parts of about one length that begin at whole units; the last one may end within one."""
    units = -(-len(pictures) // unit)
    ends = [min(len(pictures), units * part // parts * unit) for part in range(parts + 1)]
    return [pictures[first:last] for first, last in pairwise(ends)]


def looked_at_together(network: nn.Module | None) -> int:
    """How many pictures of a batch a network compares with each other, at most; 1 for one that judges each alone."""
    groups = [layer.group for layer in network.modules() if isinstance(layer, MinibatchStddev)] if network else []
    return max(groups, default=1)
