"""The trackers of a job: told of numbers and artifacts, and never able to stop a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from artgen.job.model import Part

Call = Literal["start", "log", "artifact", "finish"]


class Trackers:
    """All trackers of a run; one that raises is told of once and left out from then on.

    Args:
        parts: as the job has them.
        warn: where to tell of one that failed.
    """

    def __init__(self, parts: Iterable[Part], warn: Callable[[str], None]) -> None:
        self._parts = list(parts)
        self._warn = warn
        self._at_work: dict[str, Any] = {}

    def start(self, run: Any) -> None:
        """Make the trackers and call their ``start(run)``."""
        for part in self._parts:
            self._try(part.name, partial(self._build, part))
        self.tell("start", run)

    def tell(self, call: Call, *arguments: Any) -> None:
        """Call ``log(step, numbers)``, ``artifact(artifact)`` or ``finish(error)`` of each."""
        for name, tracker in list(self._at_work.items()):
            self._try(name, partial(_call, tracker, call, *arguments))

    def _build(self, part: Part) -> None:
        self._at_work[part.name] = part.component.load()(part.config)

    def _try(self, name: str, action: Callable[[], object]) -> None:
        try:
            action()
        except Exception as error:
            self._at_work.pop(name, None)
            self._warn(f"tracker '{name}' failed and is left out: {type(error).__name__}: {error}")


def _call(tracker: Any, call: Call, *arguments: Any) -> None:
    getattr(tracker, call)(*arguments)
