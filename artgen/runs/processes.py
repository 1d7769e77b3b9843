"""Whether a process of this machine is still there; of other machines nobody can say."""

from __future__ import annotations

import functools
import hashlib
import os
import socket
import sys
from pathlib import Path
from typing import Literal

Life = Literal["works", "stopped", "gone", "unknown"]

_STATE, _BEGAN = 0, 19
"""Fields of ``/proc/PID/stat`` behind the name, which may hold anything."""


@functools.cache
def host() -> str:
    """What this machine is called, for people."""
    return socket.gethostname()


@functools.cache
def machine() -> str:
    """A name for where process numbers mean the same: this machine since it was started, in this container."""
    told = [host()]
    if sys.platform == "linux":
        told += [_text("/proc/sys/kernel/random/boot_id"), _link("/proc/self/ns/pid")]
    return hashlib.sha256("/".join(told).encode()).hexdigest()[:16]


def began(process: int) -> str:
    """When a process was started, in whatever measure; "" where it is gone or nobody tells."""
    fields = _stat(process)
    return fields[_BEGAN] if fields else ""


def life_of(process: int, of_machine: str, since: str) -> Life:
    """Whether a process works, is stopped (Ctrl-Z), or is gone.

    Args:
        process: its number.
        of_machine: as `machine` told it there.
        since: as `began` told it there; another process may have got its number.
    """
    if of_machine != machine() or os.name == "nt":
        return "unknown"
    if sys.platform == "linux":
        fields = _stat(process)
        if fields is None or fields[_BEGAN] != since or fields[_STATE] in "ZX":
            return "gone"
        return "stopped" if fields[_STATE] in "Tt" else "works"
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return "gone"
    except OSError:
        return "unknown"
    return "unknown"  # it may be another one by now: its heartbeat tells


def _stat(process: int) -> list[str] | None:
    text = _text(f"/proc/{process}/stat")
    return text.rpartition(")")[2].split() or None


def _text(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _link(file: str) -> str:
    try:
        return str(Path(file).readlink())
    except OSError:
        return ""
