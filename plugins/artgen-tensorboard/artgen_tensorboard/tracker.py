"""The tracker: told of a run's numbers and files, it writes them for TensorBoard."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from artgen.runs.checkpoints import latest_checkpoint
from artgen.runs.store import LOCK_NAME, Artifact

from artgen_tensorboard.events import Events
from artgen_tensorboard.pictures import picture_of
from artgen_tensorboard.settings import as_markdown, settings_of
from artgen_tensorboard.told import FILE, Told

if TYPE_CHECKING:
    from artgen.runs.store import Run

    from artgen_tensorboard.config import TensorboardConfig

FOLDER = "tensorboard"
"""Inside the run folder: ``tensorboard --logdir runs`` shows every run as ``NAME/tensorboard``."""

_MARK = 16
"""Digits of a sha256 that tell files of one name apart."""

_COUNTERS = frozenset({"images", "seconds"})
"""Numbers that stand in every row, also in the one of what a checkpoint was measured to be."""


class Tensorboard:
    """Writes ``tensorboard/`` in the run folder.

    Args:
        config: how many pictures, and how large.
    """

    def __init__(self, config: TensorboardConfig) -> None:
        self.config = config
        self._step = 0
        self._written: set[str] = set()
        self._banded: set[str] = set()

    def start(self, run: Run) -> None:
        """Go on where the run goes on: what was written of later steps counts no more."""
        self._run = run
        folder = run.folder / FOLDER
        begun_before = folder.is_dir()
        checkpoint, _ = latest_checkpoint(run.checkpoints)
        self._step = checkpoint.step if checkpoint else 0
        self._told = Told(folder / FILE)
        self._told.forget(self._step + 1)
        self._events = Events(folder, purge_step=self._step + 1 if begun_before else 0)
        if not begun_before:
            self._tell_the_past()
        self._tell_the_job()
        self._events.flush()

    def log(self, step: int, numbers: Mapping[str, float]) -> None:
        """One row of numbers."""
        if step < self._step or (step == self._step and self._written & (numbers.keys() - _COUNTERS)):
            self._events.forget(step)  # the training went back to an earlier checkpoint
            self._told.forget(step)
            self._written = set()
        self._write(step, numbers)
        self._events.flush()

    def artifact(self, artifact: Artifact) -> None:
        """A picture of what was saved."""
        step = self._step_of(artifact)
        name = self._name_of(artifact)
        path = self._run.folder / artifact.path
        if not name or not path.is_file():
            return
        with path.open("rb") as stream:
            mark = hashlib.file_digest(stream, "sha256").hexdigest()[:_MARK]
        if self._told.knows(name, mark, step):
            return
        picture = picture_of(artifact, self._run.folder, self.config.long_side_px)
        if picture is None:
            return
        self._events.picture(name, picture, step)
        self._events.flush()
        self._told.note(name, mark, step)

    def finish(self, error: BaseException | None) -> None:
        """Let go of the files; what ended the run is kept as a text."""
        try:
            if error is None:
                self._events.ended_well()
            else:
                self._events.text("job/ended by", f"{type(error).__name__}: {error}", self._step)
        finally:
            self._events.close()

    def _tell_the_past(self) -> None:
        """What the run did before it was tracked."""
        rows = [row for row in self._run.metrics() if "event" not in row and row.get("step", 0) <= self._step]
        now, spent_s = time.time(), max((row.get("seconds", 0.0) for row in rows), default=0.0)
        reached, self._step = self._step, 0
        for row in rows:
            numbers = {name: value for name, value in row.items() if name != "step" and value is not None}
            self._write(row["step"], numbers, now - spent_s + row.get("seconds", 0.0))
        self._step = reached
        for step, path in self._run.progress_sheets():
            if step <= reached:
                self.artifact(Artifact("sheet", path.relative_to(self._run.folder), "progress", {"step": step}))

    def _tell_the_job(self) -> None:
        toml = (self._run.folder / LOCK_NAME).read_text(encoding="utf-8")
        mark = hashlib.sha256(toml.encode()).hexdigest()[:_MARK]
        if not self._told.knows("job/lock", mark, 0):
            self._events.text("job/lock", as_markdown(toml))
            self._events.settings(settings_of(self._run.lock))
            self._told.note("job/lock", mark, 0)

    def _write(self, step: int, numbers: Mapping[str, float], when: float | None = None) -> None:
        if step != self._step:
            self._step, self._written = step, set()
        for name, value in numbers.items():
            if name not in self._written:
                self._events.scalar(name, value, step, when)
        self._written |= numbers.keys()
        banded = {name for name in numbers if f"{name}_low" in numbers and f"{name}_high" in numbers}
        if banded - self._banded:
            self._banded |= banded
            self._events.bands(sorted(self._banded))

    def _step_of(self, artifact: Artifact) -> int:
        """The step that it shows: its own, or that of the checkpoint that it was made from."""
        made_from = self._run.checkpoint.step if self._run.checkpoint else 0
        return int(artifact.details.get("step", made_from))

    def _name_of(self, artifact: Artifact) -> str:
        """What TensorBoard calls it; empty for what it does not show."""
        if artifact.kind in ("sheet", "film"):
            return f"{artifact.kind}s/{artifact.output}"
        if artifact.kind != "picture":
            return ""
        group = f"{artifact.output}/"
        name = f"{group}{artifact.path.stem}"
        return name if self._told.has_room(name, group, self.config.pictures) else ""
