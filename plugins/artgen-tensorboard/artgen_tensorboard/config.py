"""Options of the tracker."""

from __future__ import annotations

from artgen.config import TrackerConfig, option


class TensorboardConfig(TrackerConfig):
    """A folder of event files in the run, for TensorBoard."""

    pictures: int = option(16, ge=0, le=10_000)
    """Finished pictures that are shown of each output, at most; sheets and films are shown beside them. 0 shows none."""
    long_side_px: int = option(1024, ge=16, le=8192)
    """Larger pictures are made smaller for it; the event files hold a copy of each."""
