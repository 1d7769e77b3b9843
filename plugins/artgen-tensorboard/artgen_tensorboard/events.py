"""Event files, as TensorBoard reads them: one file for each time that a run is opened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from torch.utils.tensorboard import SummaryWriter
from torch.utils.tensorboard.summary import hparams

WATCHED = "quality/kid_vgg"
"""The number that settings are compared by."""


class Events:
    """Writes into a folder of event files; everything is on disk when a method returns from `flush`.

    Args:
        folder: made if it is not there.
        purge_step: what earlier files say of this step and of later ones counts no more; 0 where there are none.
    """

    def __init__(self, folder: Path, *, purge_step: int = 0) -> None:
        self._writer = SummaryWriter(str(folder), purge_step=purge_step or None)

    def forget(self, step: int) -> None:
        """What was written of this step and of later ones counts no more, as after a step back."""
        self._writer.file_writer.add_event(Event(session_log=SessionLog(status=SessionLog.START)), step)

    def scalar(self, name: str, value: float, step: int, when: float | None = None) -> None:
        """One number; `when` in seconds since 1970, by default now."""
        self._writer.add_scalar(name, value, step, walltime=when)

    def picture(self, name: str, picture: NDArray[np.uint8], step: int) -> None:
        """One picture.

        Shape:
            (H, W, C), C 1, 3 or 4
        """
        self._writer.add_image(name, picture, step, dataformats="HWC")

    def text(self, name: str, markdown: str, step: int = 0) -> None:
        """A text, which TensorBoard reads as Markdown."""
        self._writer.add_text(name, markdown, step)

    def settings(self, values: Mapping[str, bool | float | str]) -> None:
        """What a run is made with, for TensorBoard's table over many runs."""
        experiment, begin, _ = hparams(dict(values), {WATCHED: 0.0})
        self._writer.file_writer.add_summary(experiment)
        self._writer.file_writer.add_summary(begin)

    def ended_well(self) -> None:
        """Mark the run in that table as one that is done."""
        _, _, end = hparams({}, {})
        self._writer.file_writer.add_summary(end)

    def bands(self, names: Iterable[str]) -> None:
        """Draw some numbers as a line in the band between the same names with ``_low`` and ``_high``."""
        charts: dict[str, Any] = {name: ["Margin", [name, f"{name}_low", f"{name}_high"]] for name in names}
        self._writer.add_custom_scalars({"quality": charts})

    def flush(self) -> None:
        """Have all of it on disk, so that a run that is killed has lost nothing."""
        self._writer.flush()

    def close(self) -> None:
        """Flush, and let go of the file."""
        self._writer.close()
