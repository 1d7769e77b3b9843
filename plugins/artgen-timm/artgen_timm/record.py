"""Which weights a run looked through, noted in it: a name says which are meant, a sha256 which they were."""

from __future__ import annotations

import importlib.metadata
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from artgen.runs.files import write_text

if TYPE_CHECKING:
    from artgen.runs.store import Run

FILE = "backbone.json"


@dataclass(frozen=True)
class Used:
    """A network with its weights.

    Attributes:
        source: where the weights come from: a file's name or a place at Hugging Face.
        sha256: of the file.
        mean: what is subtracted from R, G and B, where black is 0 and white 1.
        deviation: what they are divided by then.
    """

    model: str
    source: str
    sha256: str
    mean: tuple[float, ...]
    deviation: tuple[float, ...]


_used: dict[str, Used] = {}


def note_used(used: Used) -> None:
    """From now on runs of this process that name the network have looked through these weights."""
    _used[used.model] = used


def keep_record(run: Run) -> None:
    """Write ``backbone.json`` into a run whose backbone was built in this process."""
    part = run.job.backbone
    if part is None or part.component.distribution != "artgen-timm":
        return
    used = _used.get(part.config.model)
    if used is not None:
        told = {**asdict(used), "timm": importlib.metadata.version("timm")}
        write_text(run.folder / FILE, json.dumps(told, indent=1) + "\n")
