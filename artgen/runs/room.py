"""Whether there is room on the disk: before something is begun, and while it goes on."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from artgen.errors import DiskError

FLOOR_BYTES = 200_000_000
"""What is left free: whoever fills a disk to its last byte loses more than a picture."""
LOOK_EVERY_S = 2.0
_HINT = (
    "Make room (artgen clean RUNS frees what old checkpoints take), then run it again: it goes on where it was. "
    "In another place, named with --out, it begins anew, unless its run folder is moved there first."
)


def free_bytes(folder: Path) -> int:
    """What is free where a folder is, or would be."""
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free


def check_room(folder: Path, needed: int, guess: int, what: str, warn: Callable[[str], None]) -> None:
    """Refuse what cannot fit on the disk, and warn of what probably does not.

    Args:
        folder: where it goes.
        needed: bytes without which nothing comes of it; `FLOOR_BYTES` stay free beside them.
        guess: bytes that it will take in the end.
        what: what takes them, in words.

    Raises:
        DiskError: there is too little.
    """
    free = free_bytes(folder)
    if free < FLOOR_BYTES + needed:
        text = f"{size_told(free)} are free on this disk, and {what} take at least {size_told(needed)}"
        text = text if needed else _low(free)
        raise DiskError(text, where=str(folder), hint=_HINT)
    if free < FLOOR_BYTES + guess:
        warn(f"{size_told(free)} are free where {folder.name} is, and {what} may take {size_told(guess)}")


class RoomWatch:
    """Ends what a task does, as a wish to stop would, when the disk gets full.

    Args:
        folder: that it writes into.
        asked: whether somebody wants it to stop.
    """

    def __init__(self, folder: Path, asked: Callable[[], bool]) -> None:
        self._folder = folder
        self._asked = asked
        self._next_s = 0.0
        self.low = False

    def requested(self) -> bool:
        """Whether to save and end."""
        now_s = time.monotonic()
        if not self.low and now_s >= self._next_s:
            self._next_s = now_s + LOOK_EVERY_S
            self.low = free_bytes(self._folder) < FLOOR_BYTES
        return self.low or self._asked()

    def error(self) -> DiskError:
        """What to tell of it."""
        text = f"{_low(free_bytes(self._folder))}: ended, and what is finished is kept"
        return DiskError(text, where=str(self._folder), hint=_HINT)


def _low(free: int) -> str:
    return f"only {size_told(free)} are free on this disk, less than the {size_told(FLOOR_BYTES)} that stay free"


def size_told(count: int) -> str:
    """Bytes as people say them."""
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.0f} MB"
