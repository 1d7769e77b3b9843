"""A run folder: what a run leaves, and who may write into it."""

from __future__ import annotations

import contextlib
import glob
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from artgen.runs.checkpoints import CheckpointInfo
from artgen.runs.files import WHOLE
from artgen.runs.metrics import read_rows
from artgen.runs.ownership import still_ours

if TYPE_CHECKING:
    from artgen.job.model import Job

LOCK_NAME = "job.lock.toml"
"""The file in a run folder that says all that the run is."""
_OLD_INDEX = "index.jsonl"
"""Of all outputs together, where earlier versions noted them."""
ArtifactKind = Literal["picture", "sheet", "film", "page"]


@dataclass(frozen=True)
class Artifact:
    """A file that a run leaves for people.

    Attributes:
        path: relative to the run folder.
        output: name of the output that wrote it.
        details: what is worth telling of it, such as seed, seconds, frames.
    """

    kind: ArtifactKind
    path: Path
    output: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Run:
    """An open run folder.

    Attributes:
        job: the job as resolved.
        lock: the same as plain data, as in ``job.lock.toml``.
        checkpoint: what the outputs are made from; None before the first.
        on_artifact: told of every artifact that is recorded.
        on_metrics: told of every row of numbers, by step.
        on_progress: told how far an output is that takes long: what is done, such as "painting film", how much of it is
            done, and of how much.
        interrupted: whether the user asked to stop; outputs finish what is in hand and raise InterruptedRun.
    """

    folder: Path
    name: str
    job: Job
    lock: Mapping[str, Any]
    checkpoint: CheckpointInfo | None = None
    on_artifact: Callable[[Artifact], object] = lambda _artifact: None
    on_metrics: Callable[[int, Mapping[str, float]], object] = lambda _step, _numbers: None
    on_progress: Callable[[str, float, float], object] = lambda _what, _done, _total: None
    interrupted: Callable[[], bool] = lambda: False
    _rows: dict[str, dict[str, Any]] | None = field(default=None, init=False, repr=False)
    _own_index: dict[str, Path] = field(default_factory=dict, init=False, repr=False)

    @property
    def metrics_file(self) -> Path:
        """One JSON object a line, see `artgen.runs.metrics`."""
        return self.folder / "metrics.jsonl"

    @property
    def checkpoints(self) -> Path:
        """The folder of checkpoints."""
        return self.folder / "checkpoints"

    @property
    def canvases(self) -> Path:
        """The folder of finished canvases, see `artgen.runs.canvases`."""
        return self.folder / "canvases"

    def artifact_folder(self, output: str) -> Path:
        """Where an output writes; made if it is not there.

        Raises:
            RunBusyError: the run is not there any more, or another worker has taken over the task that writes.
        """
        folder = self.folder / "artifacts" / output
        still_ours()
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def record(self, kind: ArtifactKind, path: Path, output: str, **details: Any) -> Artifact:
        """Note a finished file inside the run folder and tell who listens."""
        artifact = Artifact(kind, path.relative_to(self.folder), output, details)
        path_inside = artifact.path.as_posix()
        row = {"kind": kind, "path": path_inside, "output": output, "details": details}
        if self._recorded().get(path_inside) != row:
            still_ours()
            self._recorded()[path_inside] = row
            with self._index_file(output).open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(row, ensure_ascii=False) + "\n")
        self.on_artifact(artifact)
        return artifact

    def artifacts(self) -> list[Artifact]:
        """Every file recorded so far that is still there, in the order it was first recorded."""
        rows = [row for row in self._recorded().values() if (self.folder / row["path"]).exists()]
        return [Artifact(row["kind"], Path(row["path"]), row["output"], row["details"]) for row in rows]

    def _index_file(self, output: str) -> Path:
        """Where the files of an output are noted from here: one JSON object a line.

        Several processes may work on the outputs of a run, and one that was taken over from may wake up again: each has
        a file of its own, with a number that nobody had before.
        """
        if output not in self._own_index:
            folder = self.folder / "artifacts" / ".index"
            still_ours()
            folder.mkdir(parents=True, exist_ok=True)
            number = 1 + max((_number_of(file) for file in folder.glob(f"{glob.escape(output)}@*.jsonl")), default=0)
            while True:
                file = folder / f"{output}@{number:06d}.jsonl"
                with contextlib.suppress(FileExistsError):
                    file.touch(exist_ok=False)
                    break
                number += 1
            self._own_index[output] = file
        return self._own_index[output]

    def index_files(self) -> list[Path]:
        """All of them: what the training made first, then by the lock's order of outputs, earlier files first."""
        order = [output.get("name") for output in self.lock.get("outputs", [])]
        rank = {name: index for index, name in enumerate(("progress", *order))}

        def place(file: Path) -> tuple[int, str, int]:
            name = file.stem.rpartition("@")[0]
            return rank.get(name, len(rank)), name, _number_of(file)

        folder = self.folder / "artifacts"
        return [folder / _OLD_INDEX, *sorted((folder / ".index").glob("*.jsonl"), key=place)]

    def _recorded(self) -> dict[str, dict[str, Any]]:
        """By path; a later row replaces an earlier one."""
        if self._rows is None:
            self._rows = {row["path"]: row for file in self.index_files() for row in read_rows(file)}
        return self._rows

    def metrics(self) -> list[dict[str, Any]]:
        """All rows and events written so far, without the header."""
        return read_rows(self.metrics_file)

    @property
    def figures_file(self) -> Path:
        """What the checkpoint that pictures are made from was measured to be, see `final_figures`."""
        return self.folder / "quality.json"

    def final_figures(self) -> dict[str, Any]:
        """``checkpoint`` (sha256), ``step``, ``pictures`` and ``quality/NAME``; empty when nothing was measured."""
        if not self.figures_file.exists():
            return {}
        figures: dict[str, Any] = json.loads(self.figures_file.read_text(encoding="utf-8"))
        return figures

    def figures_of(self, checkpoint: CheckpointInfo) -> Mapping[str, Any]:
        """What is known of a checkpoint, ``quality/NAME``: the final figures where they are of it, else the training's."""
        final = self.final_figures()
        return final if final.get("checkpoint") == checkpoint.sha256 else checkpoint.quality

    def progress_sheets(self) -> list[tuple[int, Path]]:
        """(step, picture) of the same seeds over the training, oldest first."""
        folder = self.folder / "artifacts" / "progress"
        sheets = folder.glob(f"{WHOLE}.webp") if folder.is_dir() else ()
        return sorted((int(path.stem), path) for path in sheets if path.stem.isdigit())  # and no copy of somebody's


def _number_of(file: Path) -> int:
    number = file.stem.rpartition("@")[2]
    return int(number) if number.isdigit() else 0
