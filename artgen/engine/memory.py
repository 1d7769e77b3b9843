"""How many pictures are worked on at a time, so that a batch fits into the memory there is.

Gradients of micro-batches add up to those of the batch, except where a layer looks at its whole batch (batch norm, or
minibatch standard deviation over groups that are larger than a micro-batch).
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import TypeVar

import torch

from artgen.engine.team.distributed import ALONE, OthersOutOfMemory, Team
from artgen.engine.team.slices import Slicing
from artgen.layers.out_of_memory import is_out_of_memory

T = TypeVar("T")

SHARES = "ARTGEN_SHARES"
"""Variable with how many workers there are beside this one, itself among them."""
SHARE_OF_FREE = 0.8
"""The rest is for what nobody counted."""
_CGROUPS = Path("/sys/fs/cgroup")
_OWN_CGROUPS = Path("/proc/self/cgroup")
_TOP = PurePosixPath("/")
_CGROUP_FILES = (
    ("", "memory.max", "memory.current", ""),
    ("memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_"),
)
"""Of cgroups of version 2 and 1: their folder, the limit, what is used, and what lines of ``memory.stat`` begin with."""


class MicroBatches:
    """The size of a micro-batch, halved when a device runs out of memory.

    Args:
        batch: pictures of a step.
        size: how many of them at a time, at first.
        unit: how many are looked at together.
        least: how few can be worked on at a time, see `Slicing`.
        team: the processes that share the batch; all of them have micro-batches of one size.

    Attributes:
        warn: told in words when the size is halved.
    """

    def __init__(
        self, batch: int, size: int | None = None, *, unit: int = 1, least: int = 1, team: Team = ALONE
    ) -> None:
        self.batch = batch
        self.size = min(batch, size or batch)
        self.slicing = Slicing(batch, unit, team.size, team.rank, least)
        self.warn: Callable[[str], None] = lambda _text: None
        self._team = team

    def slices(self) -> Iterator[tuple[int, int]]:
        """(offset, count) of each micro-batch of a step that is this process's."""
        for pictures in self.slicing.micro_batches(self.size):
            yield pictures.start, len(pictures)

    @property
    def whole(self) -> bool:
        """Whether this process does its pictures in one piece."""
        return self.slicing.pieces(self.size) == 1

    def stepping_down(self, work: Callable[[], T]) -> T:
        """The result of `work`, done again with half the pictures at a time while the device runs out of memory.

        Args:
            work: must leave nothing behind when it fails, and look at `slices` anew.

        Raises:
            RuntimeError: as few pictures as can be worked on at a time are too much; `is_out_of_memory` tells it from
                others.
        """
        while True:
            result, full = self._tried(work)
            # outside of the handler, whose traceback holds the tensors that filled the device
            if result is not None and not full:
                return result
            self.size = -(-min(self.size, self.slicing.largest) // 2)
            free_cached()
            self.warn(
                f"the device ran out of memory: going on with {self.size} pictures at a time, {self.batch} per step"
            )

    def _tried(self, work: Callable[[], T]) -> tuple[T | None, bool]:
        """The result, and whether some process of the team ran out of memory."""
        result, full = None, False
        try:
            result = work()
        except OthersOutOfMemory:
            return None, True
        except RuntimeError as error:
            if self.slicing.pieces(self.size) >= self.slicing.most_pieces or not is_out_of_memory(error):
                raise
            full = True
        return result, self._team.any_of(full)


def fitting(batch: int, fixed_bytes: int, bytes_per_picture: int, available_bytes: int, least: int = 1) -> int:
    """The largest micro-batch, halving the batch, that fits beside what is needed anyway; never less than `least`."""
    size = batch
    while size > least and fixed_bytes + size * bytes_per_picture > available_bytes * SHARE_OF_FREE:
        size = max(least, -(-size // 2))
    return size


def available_bytes() -> int | None:
    """Main memory that this process may still take, the container's limit included; None where nobody tells.

    Of several workers that are started together each has its share.
    """
    free = []
    if hasattr(os, "sysconf") and "SC_AVPHYS_PAGES" in os.sysconf_names:
        free.append(_available_in_proc() or os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    free.extend(_left_by_limits())
    return max(0, min(free)) // int(os.environ.get(SHARES, "1")) if free else None


def _available_in_proc() -> int | None:
    """What Linux could give without swapping; pages that hold files count, as they can be dropped."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = (line.split()[1] for line in lines if line.startswith("MemAvailable:"))
    return int(next(found, "0")) * 1024 or None


def _left_by_limits() -> Iterator[int]:
    """What each limit on this process leaves; pages that hold files count here too, see `_available_in_proc`."""
    for below, limit_name, usage_name, prefix in _CGROUP_FILES:
        for folder in _cgroups(below):
            limit, usage = _number_in(folder / limit_name), _number_in(folder / usage_name)
            if limit is not None and usage is not None:
                yield limit - usage + _bytes_of_files(folder / "memory.stat", prefix)


def _cgroups(below: str) -> list[Path]:
    """Folders of the cgroup that this process is in and of those around it; a container may see its own alone."""
    try:
        rows = [line.split(":", 2) for line in _OWN_CGROUPS.read_text(encoding="utf-8").splitlines()]
    except OSError:  # not Linux
        return []
    own = next((PurePosixPath(path) for _, controllers, path in rows if below in controllers.split(",")), _TOP)
    if ".." in own.parts:  # outside of what is seen here
        own = _TOP
    return [_CGROUPS / below / path.relative_to(_TOP) for path in (own, *own.parents)]


def _bytes_of_files(stat: Path, prefix: str) -> int:
    try:
        numbers = dict(line.split() for line in stat.read_text(encoding="ascii").splitlines())
        return sum(int(numbers.get(f"{prefix}{kind}_file", 0)) for kind in ("inactive", "active"))
    except (OSError, ValueError):
        return 0


def _number_in(file: Path) -> int | None:
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):  # not there, or "max"
        return None


def free_cached() -> None:
    """Give back to the device what is no longer in use."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    elif torch.backends.mps.is_available():
        torch.mps.empty_cache()
