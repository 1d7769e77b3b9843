"""What is asked of trackers: they are told of a run, and never stop it."""

from __future__ import annotations

import time
import warnings

from artgen.errors import InterruptedRun
from artgen.runs.trackers import Call
from artgen.testing.conformance.trial import NAME, Trial
from artgen.testing.conformance.verdict import Told, expect

_CALLS: tuple[Call, ...] = ("start", "log", "artifact", "finish")
_ROWS = 100


def has_the_calls(trial: Trial) -> Told:
    """It has `start`, `log`, `artifact` and `finish`."""
    tracker = trial.component.load()(trial.config)
    missing = [call for call in _CALLS if not callable(getattr(tracker, call, None))]
    expect(not missing, "what a tracker is told by", expected=", ".join(_CALLS), found=f"no {', '.join(missing)}")
    return Told()


def follows_a_run(trial: Trial) -> Told:
    """A run is told from its beginning to its end, and on when it goes on, without a complaint."""
    tables = {"trackers": [{"name": NAME, **trial.entry()}], "outputs": [{"type": "images", "seeds": "0-1"}]}
    for sets in ((), ("train.steps=4",)):
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            trial.run(tables, *sets)
        complaints = [str(one.message) for one in told if NAME in str(one.message)]
        expect(not complaints, "a run with it", expected="no complaint", found="; ".join(complaints))
    return Told()


def takes_what_comes(trial: Trial) -> Told:
    """Numbers that are none, a name that was not there before, and a run that fails."""
    run = trial.run({})
    tracker = trial.component.load()(trial.config)
    tracker.start(run)
    began = time.perf_counter()
    for step in range(_ROWS):
        tracker.log(step, {"loss/generator": 0.5 - step, "seconds": float(step)})
    each = (time.perf_counter() - began) / _ROWS
    tracker.log(_ROWS, {"loss/generator": float("nan"), "loss/discriminator": float("inf"), "quality/kid_vgg": 0.1})
    tracker.finish(InterruptedRun("stopped"))
    return Told(f"{each * 1000:.2f} ms a row")
