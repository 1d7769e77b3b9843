"""``metrics.jsonl``: one JSON object a line; the first says which schema, the others hold numbers and events."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from artgen.runs.files import whole_file
from artgen.runs.ownership import still_ours

SCHEMA = 1
Event = Literal["resumed", "rollback", "guard", "interrupted", "paused", "rung", "finished", "warning"]


class MetricsLog:
    """Appends rows, each at once on disk; on resuming, what came after the checkpoint is cut off.

    Args:
        file: made with its header if it is not there.
        step: rows of later steps are dropped.
    """

    def __init__(self, file: Path, *, step: int) -> None:
        rows = [row for row in read_rows(file) if row.get("step", 0) <= step]
        # Another file of the same name: whoever worked on the run before and wakes up again writes into the old one.
        with whole_file(file) as beside, beside.open("w", encoding="utf-8") as stream:
            for row in ({"schema": SCHEMA}, *rows):
                stream.write(_line(row))
            stream.flush()
            os.fsync(stream.fileno())
        self._stream = file.open("a", encoding="utf-8")

    def row(self, step: int, numbers: Mapping[str, float]) -> None:
        """Write the numbers of a step; what is no number becomes null."""
        self._write({"step": step, **numbers})

    def event(self, event: Event, step: int, text: str) -> None:
        """Write what happened, in words for the report."""
        self._write({"event": event, "step": step, "text": text})

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def _write(self, row: Mapping[str, Any]) -> None:
        still_ours()
        self._stream.write(_line(row))
        self._stream.flush()


def append_event(file: Path, event: Event, step: int, text: str) -> None:
    """Note something that happened to a run while nobody trains it."""
    with file.open("a", encoding="utf-8") as stream:
        stream.write(_line({"event": event, "step": step, "text": text}))


def read_rows(file: Path) -> list[dict[str, Any]]:
    """All rows but the header; a last line that was cut off in the middle does not count."""
    if not file.exists():
        return []
    rows = []
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if "schema" not in row:
            rows.append(row)
    return rows


def _line(row: Mapping[str, Any]) -> str:
    plain = {key: None if isinstance(v, float) and not math.isfinite(v) else v for key, v in row.items()}
    return json.dumps(plain, ensure_ascii=False) + "\n"
