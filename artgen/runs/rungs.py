"""What was decided at the rungs of a sweep, in one file beside its runs: read before anything is decided anew."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from artgen.errors import JobError
from artgen.runs.files import write_text
from artgen.runs.metrics import append_event, read_rows

FORMAT = 1
ENDING = ".rungs.json"
Outcome = Literal["goes on", "dropped", "failed"]


@dataclass(frozen=True)
class Standing:
    """How a run did at a rung.

    Attributes:
        place: from 1 for the best; 0 for one that failed.
        why: the cause, of one that failed.
    """

    outcome: Outcome
    place: int = 0
    of: int = 0
    kid_vgg: float | None = None
    why: str = ""

    def told(self, kimg: float) -> str:
        """In words."""
        if self.outcome == "failed":
            return f"out at {kimg:g} kimg: {self.why}"
        end = "goes on" if self.outcome == "goes on" else "dropped"
        return f"{end} at {kimg:g} kimg, {self.place} of {self.of} with kid_vgg {self.kid_vgg:.3g}"


Rungs = dict[float, dict[str, Standing]]
"""Thousands of pictures → name of the run → how it did."""


def rungs_file(runs: Path, sweep: str) -> Path:
    """Where the decisions of a sweep are kept, in the folder of its runs."""
    return runs / f"{sweep}{ENDING}"


def read_rungs(file: Path) -> Rungs:
    """All decisions so far; none where there is no file.

    Raises:
        JobError: it was damaged.
    """
    if not file.exists():
        return {}
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        return {
            float(rung["kimg"]): {name: Standing(**standing) for name, standing in rung["runs"].items()}
            for rung in told["rungs"]
        }
    except (OSError, ValueError, TypeError, KeyError) as error:
        hint = "what was decided at the rungs cannot be known: --fresh begins the sweep anew"
        raise JobError(f"cannot be read: {error}", where=str(file), hint=hint) from error


def write_rungs(file: Path, rungs: Mapping[float, Mapping[str, Standing]]) -> None:
    """Write decisions, whole or not at all."""
    told = [
        {"kimg": kimg, "runs": {name: asdict(standing) for name, standing in sorted(rung.items())}}
        for kimg, rung in sorted(rungs.items())
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    write_text(file, json.dumps({"format": FORMAT, "rungs": told}, indent=1) + "\n")


def dropped(rungs: Mapping[float, Mapping[str, Standing]]) -> dict[str, tuple[float, Standing]]:
    """The runs that go on no more, each with the rung at which that was decided."""
    return {
        name: (kimg, standing)
        for kimg, rung in sorted(rungs.items(), reverse=True)
        for name, standing in rung.items()
        if standing.outcome == "dropped"
    }


def standing_of(folder: Path) -> tuple[float, Standing] | None:
    """How a run did at the last rung that it came to, by its folder; None where it was never compared."""
    found: list[tuple[float, Standing]] = []
    for file in _files_beside(folder):
        try:
            rungs = read_rungs(file)
        except JobError:
            continue
        found.extend((kimg, rung[folder.name]) for kimg, rung in rungs.items() if folder.name in rung)
    return max(found, key=lambda one: one[0], default=None)


def _files_beside(folder: Path) -> Iterator[Path]:
    sweep = folder.name.rpartition("@")[0]
    file = rungs_file(folder.parent, sweep)
    if sweep and file.exists():
        yield file


def kid_at(metrics_file: Path, step: int) -> float | None:
    """What was measured at a step; None where nothing was, or no number came of it."""
    for row in reversed(read_rows(metrics_file)):
        if row.get("step") == step and row.get("quality/kid_vgg") is not None:
            return float(row["quality/kid_vgg"])
    return None


def note_standing(metrics_file: Path, step: int, kimg: float, standing: Standing) -> None:
    """Tell a run, once, how it did; its report says so."""
    text = standing.told(kimg)
    known = any(row.get("event") == "rung" and row.get("text") == text for row in read_rows(metrics_file))
    if metrics_file.exists() and not known:
        append_event(metrics_file, "rung", step, text)
