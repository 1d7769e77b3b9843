"""What has become of a run, by what lies in its folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from artgen.runs.canvases import FinishedCanvas
from artgen.runs.rungs import standing_of
from artgen.runs.store import Artifact
from artgen.runs.tasks.attempts import WHOLE_RUN, attempts_of, last_attempt

Kind = Literal["finished", "dropped", "failed", "unfinished"]
_TURNS = ("finished", "interrupted", "paused", "resumed")


@dataclass(frozen=True)
class State:
    """What has become of a run.

    Attributes:
        text: what is not as it should be; "" of one that is finished.
    """

    kind: Kind
    text: str = ""


def state_of(
    folder: Path,
    lock: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    artifacts: Sequence[Artifact],
    canvases: Sequence[FinishedCanvas],
) -> State:
    """What has become of a run that can be read."""
    if blend_of(lock):
        return State("finished")
    if "train" in lock and _learns(lock):
        turns = [row["event"] for row in rows if row.get("event") in _TURNS]
        if turns[-1:] != ["finished"]:
            how = {"interrupted": "stopped at", "paused": "paused at"}.get("".join(turns[-1:]), "not finished:")
            return _not_at_its_end(folder) or State("unfinished", f"{how} {_how_far(lock['train'], rows)}")
    elif "train" not in lock and not canvases:
        return _failure_in(folder) or State("unfinished", "nothing painted yet")
    made = {artifact.output for artifact in artifacts}
    missing = [str(output["name"]) for output in lock.get("outputs", ()) if output["name"] not in made]
    if missing:
        return _failure_in(folder) or State("unfinished", f"not made yet: {', '.join(missing)}")
    unpainted = why_not_painted(folder)
    return State("failed", f"failed: {unpainted}") if unpainted else State("finished")


def blend_of(lock: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a run was blended from, which never learned itself; nothing of one that was not."""
    told: Mapping[str, Any] = lock.get("lock", {}).get("blend", {})
    return told


def _learns(lock: Mapping[str, Any]) -> bool:
    """Whether there is anything to learn from: what paints untrained has no pictures."""
    return "data" in lock


def _not_at_its_end(folder: Path) -> State | None:
    """Why a run does not go on, where that is known: its sweep's rungs, or what went wrong."""
    found = standing_of(folder)
    if found is not None and found[1].outcome == "dropped":
        kimg, standing = found
        return State("dropped", f"dropped at {kimg:g} kimg, {standing.place} of {standing.of}")
    if told := _failure_in(folder):
        return told
    if found is not None and found[1].outcome == "failed":
        return State("failed", f"failed: {_cause(folder, found[1].why)}")
    return None


def why_not_painted(folder: Path) -> str:
    """Why canvases of a run are missing, in a line; "" where none failed the last time."""
    attempt = last_attempt(folder, "paint")
    return _cause(folder, attempt.error) if attempt and attempt.state == "failed" else ""


def _failure_in(folder: Path) -> State | None:
    """What the last attempt at a task says of its end."""
    failed = [attempt for attempt in attempts_of(folder) if attempt.state == "failed" and attempt.task != WHOLE_RUN]
    return State("failed", f"failed: {_cause(folder, failed[0].error)}") if failed else None


def _cause(folder: Path, text: str) -> str:
    """The first line of what went wrong, without the name of the run, which is known here."""
    return text.removeprefix(f"{folder.name}: ").strip().partition("\n")[0].rstrip(":") or "nobody knows why"


def _how_far(train: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> str:
    last: Mapping[str, Any] = next((row for row in reversed(rows) if "event" not in row and "images" in row), {})
    done = {"kimg": last.get("images", 0) / 1000, "steps": last.get("step", 0), "minutes": last.get("seconds", 0) / 60}
    budget = next((unit for unit in done if unit in train), "steps")
    of_all = f" of {train[budget]:,g}" if budget in train else ""
    return f"{round(done[budget], 1):,g}{of_all} {budget}"
