"""What a run's event files hold already, so that opening it again tells nothing twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from artgen.runs.files import write_text

FILE = "told.json"


class Told:
    """Names of what was told, each with a mark of what it was then and the step it belongs to.

    Args:
        file: where that is kept; made with the first `note`.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._marks: dict[str, list[Any]] = {}
        if file.exists():
            try:
                self._marks = json.loads(file.read_text(encoding="utf-8"))
            except ValueError:  # damaged: told again
                self._marks = {}

    def knows(self, name: str, mark: str, step: int) -> bool:
        """Whether just that was told of just that step."""
        return self._marks.get(name) == [step, mark]

    def count(self, beginning: str) -> int:
        """How many names begin so."""
        return sum(name.startswith(beginning) for name in self._marks)

    def has(self, name: str) -> bool:
        """Whether anything of that name was told."""
        return name in self._marks

    def note(self, name: str, mark: str, step: int) -> None:
        """From now on it was told."""
        self._marks[name] = [step, mark]
        write_text(self._file, json.dumps(self._marks, indent=0) + "\n")

    def forget(self, step: int) -> None:
        """Nothing of this step or of later ones was told."""
        self._marks = {name: [at, mark] for name, (at, mark) in self._marks.items() if at < step}
