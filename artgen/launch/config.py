"""Options of the launcher that is always there."""

from __future__ import annotations

from artgen.config import LauncherConfig, option


class LocalConfig(LauncherConfig):
    """How many tasks this machine does at a time."""

    jobs: int = option(0, ge=0)
    """Tasks at a time; 0 goes by cores, GPUs and memory. `artgen run --jobs` says it for one call."""
    per_gpu: int = option(0, ge=0)
    """Tasks at a time on one GPU; 0 goes by what tasks like it were seen to take of its memory."""
