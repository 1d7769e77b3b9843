"""Which weights a run looked through, noted in it: a name says which are meant, a sha256 which they were."""

from __future__ import annotations

import importlib.metadata
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artgen.runs.files import write_text

if TYPE_CHECKING:
    from artgen.runs.store import Run

OWN = "artgen-timm"
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
    """Write into ``backbone.json`` what a run's losses and outputs have looked through in this process."""
    parts = [part for part in (run.job.backbone, *run.job.outputs) if part is not None]
    named = {part.config.model for part in parts if part.component.distribution == OWN}
    told = [
        {**asdict(_used[name]), "timm": importlib.metadata.version("timm")} for name in sorted(named & _used.keys())
    ]
    if told:
        others = [one for one in _kept(run.folder / FILE) if one["model"] not in _used.keys() & named]
        write_text(run.folder / FILE, json.dumps([*others, *told], indent=1) + "\n")


def _kept(file: Path) -> list[dict[str, Any]]:
    try:
        kept: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return []
    return kept
