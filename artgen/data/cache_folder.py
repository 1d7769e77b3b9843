"""Where decoded pictures are kept between runs, and how much of them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from artgen.errors import ArtgenError
from artgen.file_lock import lock
from artgen.home import path_of

DEFAULT_CAP_GB = 20.0

SLOT_LENGTH = 32
"""What the names of all files of one slot begin with."""


def cache_folder() -> Path:
    """The folder for decoded pictures."""
    return users_cache() / "pictures"


def users_cache() -> Path:
    """Where artgen keeps what it can make again: ``ARTGEN_CACHE`` where it is set, else the system's place for caches."""
    if chosen := os.environ.get("ARTGEN_CACHE"):
        return path_of(chosen)
    if sys.platform == "win32":
        place = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        place = Path.home() / "Library" / "Caches"
    else:
        place = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return place / "artgen"


def cap_bytes() -> int:
    """How much the cache may hold: ``ARTGEN_CACHE_GB``, by default 20.

    Raises:
        ArtgenError: the variable holds no number.
    """
    text = os.environ.get("ARTGEN_CACHE_GB", "")
    try:
        return int(float(text or DEFAULT_CAP_GB) * 1e9)
    except (ValueError, OverflowError) as error:
        raise ArtgenError(f"ARTGEN_CACHE_GB is no number: '{text}'", hint="for example ARTGEN_CACHE_GB=50") from error


def make_room(folder: Path, keep: str, cap: int) -> None:
    """Delete what was used longest ago until the cache is under its cap again.

    One entry may pass the cap alone: what is in use and the entry `keep` stay in any case.

    Args:
        folder: of the cache.
        keep: the slot that was just built.
        cap: in bytes.
    """
    slots: dict[str, list[Path]] = {}
    for path in folder.iterdir():
        if path.suffix in {".json", ".bin", ".safetensors", ".part"}:
            slots.setdefault(path.name[:SLOT_LENGTH], []).append(path)
    sizes = {slot: sum(_size_and_time(path)[0] for path in files) for slot, files in slots.items()}
    used = {slot: max(_size_and_time(path)[1] for path in files) for slot, files in slots.items()}
    total = sum(sizes.values())
    for slot in sorted(slots, key=lambda slot: used[slot]):
        if total <= cap:
            return
        if slot != keep and _removed(folder, slot, slots[slot]):
            total -= sizes[slot]


def _removed(folder: Path, slot: str, files: list[Path]) -> bool:
    """Delete all files of a slot, unless somebody builds or reads them."""
    with (folder / f"{slot}.lock").open("ab") as held:
        if lock(held, wait=False) is False:
            return False
        gone = [remove_unused(file) for file in files if file.suffix != ".json"]
        if all(gone):
            remove_unused(folder / f"{slot}.json")
    return all(gone)


def remove_unused(data: Path) -> bool:
    """Delete a cache file unless a process has it open; whether it is gone."""
    try:
        with data.open("rb") as held:
            if lock(held, wait=False) is False:
                return False
        data.unlink(missing_ok=True)
    except FileNotFoundError:
        return True
    except OSError:  # Windows: it is open somewhere
        return False
    return True


def _size_and_time(file: Path) -> tuple[int, int]:
    """Bytes, and when it was last used: a manifest is touched by every run that uses it."""
    try:
        status = file.stat()
    except OSError:
        return 0, 0
    return status.st_size, status.st_mtime_ns
