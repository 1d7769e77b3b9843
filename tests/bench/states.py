"""Looking through the state of 10,000 tasks: the time of `artgen status`'s reading, and of asking what is missing."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

from artgen.runs.tasks.attempts import write_plan
from artgen.runs.tasks.status import StatusReader
from tests.bench.section import write_section

RUNS = 1000
TASKS = ("train", *(f"output:{number}" for number in range(9)))
ROUNDS = 5
TARGET_S = 1.0


def leave(folder: Path) -> None:
    """A run of ten tasks, each begun twice."""
    for task in TASKS:
        place = folder / "tasks" / task.replace(":", "@")
        place.mkdir(parents=True)
        told = {
            "state": "done",
            "process": 4711,
            "host": "machine-17",
            "machine": "0123456789abcdef",
            "began": "1234567",
            "since": "2026-11-28T20:46:26+00:00",
            "token": "eed64b73976f",
            "progress": {"what": "train", "done": 1.0, "total": 1.0, "left_s": 0, "numbers": {"img/s": 96.2, "D": 1.9}},
            "key": "2bed491c0a774b42ad708b627611cefba85eb2e7d2b47e50b5b630995b98be04",
            "made": "e4621cc2b911f58eebfd5a6d0a12ac4701b7cb6e18b20567271c084e318cb330",
            "beat": 9,
            "changed": "2026-11-28T20:46:39+00:00",
        }
        for number in (1, 2):
            (place / f"{number:06d}.json").write_text(json.dumps(told), encoding="utf-8")
    write_plan(folder, TASKS)


def main() -> None:
    """Read them all, several times, and write the section."""
    with tempfile.TemporaryDirectory() as place:
        folders = [Path(place) / f"run-{number:04d}" for number in range(RUNS)]
        for folder in folders:
            leave(folder)
        seconds = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            reader = StatusReader()
            rows = [row for folder in folders for row in reader.of_run(folder)]
            seconds.append(time.perf_counter() - began)
            assert len(rows) == RUNS * len(TASKS)
    write_section(
        "The state of many tasks",
        f"""
{RUNS:,} runs of {len(TASKS)} tasks, each begun twice, as `artgen status` reads them; the least and the most of {ROUNDS} times.

| what | seconds | each | target |
|---|---|---|---|
| {len(rows):,} tasks | **{min(seconds):.2f}** ({max(seconds):.2f}) | {1e6 * min(seconds) / len(rows):.0f} µs | under {TARGET_S:g} s |
""",
    )
