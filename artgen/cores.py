"""How many processor cores there are to work with. Imports no torch."""

from __future__ import annotations

import os
from pathlib import Path

_SIBLINGS = "/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list"
_QUOTA = Path("/sys/fs/cgroup/cpu.max")
_TIMES = Path("/proc/stat")
_SPINS = "1000"
"""Looks at what is waited for; a few microseconds."""
_WAITING = (3, 4, 7)
"""Of the columns of `_TIMES`: idle, idle while a disk works, and taken by other virtual machines."""


def cores() -> int:
    """Cores that this process may use, two threads of one core counted once; OMP_NUM_THREADS says another number."""
    said = os.environ.get("OMP_NUM_THREADS", "")
    if said.isdigit() and int(said):
        return int(said)
    return max(1, min(_physical(), _quota()))


def wait_without_holding_on() -> None:
    """Have threads that wait for others give their core away soon; before torch is imported, which reads it then.

    GNU's OpenMP, which torch has on Linux, spins for long. That is quickest where nothing else runs, by 3 % on two cores
    (64 px pictures, gallery/01-emoji-faces); beside one other program it halves the training, which then waits for a thread
    that waits for a core. What is learned stays the same to the bit. Whoever says how to wait, by OMP_WAIT_POLICY or
    GOMP_SPINCOUNT, is followed.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", _SPINS)


def usable_cpus() -> set[int]:
    """Numbers of what this process may run on, two threads of one core counted twice."""
    return set(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1))


def busy_seconds() -> float | None:
    """What all programs together have used of the `usable_cpus` since the start of the machine; None if nobody tells."""
    try:
        rows = [row.split() for row in _TIMES.read_text(encoding="ascii").splitlines() if row.startswith("cpu")]
    except OSError:  # not Linux
        return None
    ours = {f"cpu{number}" for number in usable_cpus()}
    # time of guests is in that of users already
    ticks = sum(int(value) for row in rows if row[0] in ours for i, value in enumerate(row[1:9]) if i not in _WAITING)
    return ticks / os.sysconf("SC_CLK_TCK")


def _physical() -> int:
    return len({_siblings(cpu) for cpu in usable_cpus()})


def _siblings(cpu: int) -> str:
    try:
        return Path(_SIBLINGS.format(cpu)).read_text(encoding="ascii").strip()
    except OSError:
        return str(cpu)


def _quota() -> int:
    """What a container may use, rounded up; as many as there are where nothing is set."""
    try:
        quota, period = _QUOTA.read_text(encoding="ascii").split()
        return -(-int(quota) // int(period))
    except (OSError, ValueError):  # not there, or "max"
        return os.cpu_count() or 1
