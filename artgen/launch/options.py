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
    """

    out: Path | None = None
    fresh: bool = False
