"""Jobs: what a person asks for, read from TOML, checked and resolved. Imports no torch."""

from __future__ import annotations

from artgen.job.kept.change import Difference, check_unchanged, differences, other_plugins
from artgen.job.kept.lock import read_lock, write_lock
from artgen.job.model import Job, JobInfo, Part
from artgen.job.read import read_job
from artgen.job.text.tree import Source

__all__ = [
    "Difference",
    "Job",
    "JobInfo",
    "Part",
    "Source",
    "check_unchanged",
    "differences",
    "other_plugins",
    "read_job",
    "read_lock",
    "write_lock",
]
