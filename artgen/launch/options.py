"""What the command line adds to a job when it is run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RunOptions:
    """Where and how to run.

    Attributes:
        out: the folder for run folders; None puts ``runs`` beside the job file.
        fresh: start anew; a run that is there is renamed, never deleted.
        jobs: tasks at a time; None leaves it to the launcher, 1 does a single run in this process.
        fail_fast: the first failure ends all; otherwise it stops only what needs what failed.
        pause_kimg: train up to so many thousands of pictures and make no outputs; the same bytes as never pausing.
        until: a time as of `time.time` after which nothing new is begun, and what runs saves and ends.
    """

    out: Path | None = None
    fresh: bool = False
    jobs: int | None = None
    fail_fast: bool = False
    pause_kimg: float | None = None
    until: float | None = None
