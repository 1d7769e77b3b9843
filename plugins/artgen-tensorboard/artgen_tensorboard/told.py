"""What a run's event files hold already, so that opening it again tells nothing twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from artgen.runs.files import write_text

FILE = "told.json"


class Told:
    """Names of what was told, each with a mark of what it was then and the step it belongs to.

    Several processes may work at one run, each at an output of its own: the file is read again whenever it matters.

    Args:
        file: where that is kept; made with the first `note`.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def knows(self, name: str, mark: str, step: int) -> bool:
        """Whether just that was told of just that step."""
        return self._read().get(name) == [step, mark]

    def has_room(self, name: str, beginning: str, most: int) -> bool:
        """Whether it is one of the names with this beginning that were told, or fewer than so many were."""
        marks = self._read()
        return name in marks or sum(other.startswith(beginning) for other in marks) < most

    def note(self, name: str, mark: str, step: int) -> None:
        """From now on it was told."""
        self._write({**self._read(), name: [step, mark]})

    def forget(self, step: int) -> None:
        """Nothing of this step or of later ones was told."""
        marks = self._read()
        kept = {name: [at, mark] for name, (at, mark) in marks.items() if at < step}
        if kept != marks:
            self._write(kept)

    def _read(self) -> dict[str, list[Any]]:
        try:
            marks: dict[str, list[Any]] = json.loads(self._file.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):  # not there, or damaged: told again
            return {}
        return marks

    def _write(self, marks: dict[str, list[Any]]) -> None:
        write_text(self._file, json.dumps(marks, indent=0) + "\n")
