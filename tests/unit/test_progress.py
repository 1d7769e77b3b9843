"""How a run is told where nobody looks at a terminal."""

from __future__ import annotations

import io
import itertools
import time

import pytest

from artgen.runs.progress import open_progress


def test_a_task_that_does_not_move_on_is_not_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count(step=11)
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    stream = io.StringIO()
    progress = open_progress("plain", stream)
    for done in (0, 50, 100, 100, 100):
        progress.update("train", done, 100)
    lines = stream.getvalue().splitlines()
    assert [line.split("%")[0].split()[-1] for line in lines] == ["50", "100"]
    progress.finish("train")
    for done in (0, 100):
        progress.update("train", done, 100)
    assert len(stream.getvalue().splitlines()) == 3


def test_a_budget_in_minutes_that_is_over_is_told_as_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count(step=11)
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    stream = io.StringIO()
    progress = open_progress("plain", stream)
    for done in (0.0, 1.02):
        progress.update("train", done, 1.0)
    assert "train  100 %  0:00 left" in stream.getvalue()
