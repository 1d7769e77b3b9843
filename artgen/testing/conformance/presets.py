"""What is asked of presets: jobs can extend them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import tomli_w

from artgen.errors import JobError
from artgen.job import read_job
from artgen.testing.conformance.trial import Trial
from artgen.testing.conformance.verdict import Told, Unmet
from artgen.testing.pictures import copy_pictures

_DATA = {"data": {"folder": "pictures"}}
_GAME: dict[str, Any] = {
    "generator": {"type": "dcgan"},
    "discriminator": {"type": "dcgan"},
    "losses": [{"type": "adversarial"}],
}
_CANVAS = {
    "generator": {"type": "canvas", "content": ["pictures/chelsea.png"]},
    "losses": [{"type": "gram-style", "images": ["pictures/church-at-auvers.png"]}],
}


def can_be_extended(trial: Trial) -> Told:
    """A job that extends it is right, with as little beside it as a preset of its sort leaves to the job."""
    copy_pictures(trial.folder / "pictures")
    fewest: list[str] | None = None
    for tables in _beside():
        problems = _problems(trial, tables)
        if not problems:
            return Told(f"with {', '.join(tables) or 'nothing'} beside it")
        if fewest is None or len(problems) < len(fewest):
            fewest = problems
    raise Unmet("a job that extends it", expected="no problems", found="\n            ".join(fewest or []))


def _beside() -> Iterator[dict[str, Any]]:
    yield {}
    yield _DATA
    for whole in (_DATA | _GAME, _CANVAS):
        for count in range(1, len(whole) + 1):
            for keys in itertools.combinations(whole, count):
                yield {key: whole[key] for key in keys}


def _problems(trial: Trial, tables: dict[str, Any]) -> list[str]:
    file = trial.folder / "job.toml"
    extends = f"extends = {json.dumps(f'preset:{trial.component.qualified}')}\n"
    file.write_text(extends + tomli_w.dumps(tables), encoding="utf-8")
    try:
        read_job(file, manager=trial.manager)
    except JobError as error:
        return [str(problem).split("\n")[0] for problem in error.problems]
    return []
