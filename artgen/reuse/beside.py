"""Where a command puts what it makes, so that nothing is lost that was made before."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from artgen.job.kept.lock import read_lock
from artgen.runs.files import write_text
from artgen.runs.store import LOCK_NAME

if TYPE_CHECKING:
    from artgen.runs.store import Run

_ASKED = ".asked"
"""Among the artifacts: what was asked for of each that was made by a command."""


def numbered(name: str) -> Iterator[str]:
    """``NAME``, ``NAME-2``, ``NAME-3`` and so on."""
    return itertools.chain([name], (f"{name}-{number}" for number in itertools.count(2)))


def own_outputs(run: Run) -> Mapping[str, Mapping[str, Any]]:
    """The outputs of a run's own job, by name."""
    return {output["name"]: output for output in read_lock(run.folder / LOCK_NAME).get("outputs", ())}


def free_name(run: Run, name: str, asked: Mapping[str, Any]) -> str:
    """The first of ``NAME``, ``NAME-2`` and so on whose folder is free or holds what was asked for just so.

    It is kept for that from now on. Those of the run's own outputs are not free.
    """
    from artgen.outputs.metadata import canonical_json

    own, text = own_outputs(run), canonical_json(asked)
    return next(one for one in numbered(name) if one not in own and _takes(run, one, text))


def _takes(run: Run, name: str, asked: str) -> bool:
    mark = run.folder / "artifacts" / _ASKED / f"{name}.json"
    folder = run.folder / "artifacts" / name
    if not folder.is_dir() or not any(folder.iterdir()):
        mark.parent.mkdir(parents=True, exist_ok=True)
        write_text(mark, asked)
    return mark.is_file() and mark.read_text(encoding="utf-8") == asked
