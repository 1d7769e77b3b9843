"""Who does what in a run, and how far it is; read from its folder alone, and nothing written there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from artgen.runs.rungs import standing_of
from artgen.runs.tasks.attempts import WHOLE_RUN, Attempt, attempts_of, last_attempt, plan_of
from artgen.runs.tasks.stop_file import asked_to_stop
from artgen.runs.tasks.watch import Watch

_TRAIN, _TRAIN_TO = "train", "train:"


@dataclass(frozen=True)
class TaskStatus:
    """What is known of one task.

    Attributes:
        run: name of its run, with the folder.
        state: ``waiting``, ``blocked`` (what it needs failed), ``running``, ``stopping``, ``lost`` (its worker is dead), ``done``, ``paused`` or ``dropped`` (at a rung), ``failed``, ``stopped``.
        progress: share that is done, 0 to 1; None where nobody says.
        what: that is done now.
        left_s: time that it will take at its present pace; None where nobody knows.
        numbers: what it last told.
        worker: process and host, while somebody is at it.
        changed: when it was last heard of, by the clock there.
        error: why it failed, or how it stood when it was dropped.
        attempts: how often it was begun.
    """

    run: str
    task: str
    state: str
    progress: float | None = None
    what: str = ""
    left_s: float | None = None
    numbers: Mapping[str, float] | None = None
    worker: str = ""
    changed: str = ""
    error: str = ""
    attempts: int = 0

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


class StatusReader:
    """Reads the states of runs, again and again; over time it sees which workers on other machines live."""

    def __init__(self) -> None:
        self._watches: dict[tuple[Path, str], Watch] = {}

    def of_run(self, folder: Path) -> list[TaskStatus]:
        """Its tasks in their order."""
        found = {attempt.task: attempt for attempt in attempts_of(folder)}
        found.pop(WHOLE_RUN, None)
        planned = plan_of(folder)
        plan = [_TRAIN if task.startswith(_TRAIN_TO) else task for task in planned]
        stopping = bool(found) and asked_to_stop(folder)
        first = found.get(plan[0].partition(":")[0]) if plan else None
        failed = first is not None and first.state == "failed" and not first.partly
        names = [*plan, *sorted(task for task in found if task not in plan)]
        rows = [
            self._of_task(folder, found[name], stopping)
            if name in found
            else TaskStatus(folder.name, name, "stopped" if stopping else "blocked" if failed else "waiting")
            for name in names
        ]
        return _at_a_rung(folder, rows) if plan != planned else rows

    def tasks_are_given_out(self, folder: Path) -> bool:
        """Whether a call is at the run, even while none of its tasks is begun."""
        whole = last_attempt(folder, WHOLE_RUN)
        if whole is None or whole.over:
            return False
        return self._watches.setdefault((folder, WHOLE_RUN), Watch()).lives(whole) is not False

    def _of_task(self, folder: Path, attempt: Attempt, stopping: bool) -> TaskStatus:
        state: str = attempt.state
        if not attempt.over:
            watch = self._watches.setdefault((folder, attempt.task), Watch())
            state = "lost" if watch.lives(attempt) is False else "stopping" if stopping else state
        going = state in ("running", "stopping")
        told = attempt.progress
        return TaskStatus(
            run=folder.name,
            task=attempt.task,
            state=state,
            # a budget in minutes is over only with the step that is in hand
            progress=1.0 if state == "done" else min(1.0, told["done"] / (told["total"] or 1)) if told else None,
            what=str(told.get("what", "")) if going else "",
            left_s=told.get("left_s") if going else None,
            numbers=told.get("numbers"),
            worker=f"{attempt.process} on {attempt.host}" if going and attempt.process else "",
            changed=attempt.changed,
            error=attempt.error,
            attempts=attempt.number,
        )


def _at_a_rung(folder: Path, rows: list[TaskStatus]) -> list[TaskStatus]:
    """The tasks of a run that only trains to a rung: there it pauses, or is dropped."""
    found = standing_of(folder)
    state, text = ("dropped", found[1].told(found[0])) if found and found[1].outcome == "dropped" else ("paused", "")
    return [replace(row, state=state, error=text) if row.state == "done" else row for row in rows]


def counted(rows: Iterator[TaskStatus] | list[TaskStatus]) -> dict[str, int]:
    """How many tasks are in each state, the most telling states first."""
    order = ("running", "stopping", "lost", "failed", "stopped", "dropped", "paused", "blocked", "waiting", "done")
    states = [row.state for row in rows]
    return {state: count for state in order if (count := states.count(state))}
