"""What the tests share: a desk with pictures and a job, and what event files say."""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before torch is imported: tiny networks gain nothing from more

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from artgen.cli.group import run as artgen
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

JOB = """
[job]
name = "tiny"

[data]
folder = "pictures"
size = 16

[generator]
type = "dcgan"
latent = 8
width = 4

[discriminator]
type = "dcgan"
width = 4

[train]
steps = {steps}
batch = 4
device = "cpu"
checkpoint_steps = 4

[quality]
during = {during}
final = 0
share = 1.0
"""

TRACKED = """
[[trackers]]
type = "tensorboard"
pictures = 3
"""

OUTPUTS = """
[[outputs]]
type = "images"
seeds = "0-5"

[[outputs]]
type = "sheet"
seeds = "0-3"

[[outputs]]
type = "interpolation"
seeds = "0-1"
seconds = 0.5
fps = 8

[[outputs]]
type = "gallery"
count = 2
"""

pytest_plugins = ["artgen.testing.fixtures"]

Run = Callable[..., Path]


@pytest.fixture
def run(desk: Path) -> Run:
    """Runs the tiny job for so many steps and returns its run folder; again goes on."""

    def go(steps: int = 8, more: str = TRACKED, during: int = 0) -> Path:
        bare = "" if "[[outputs]]" in more else "outputs = []\n"
        Path("job.toml").write_text(bare + JOB.format(steps=steps, during=during) + more)
        assert artgen(["run", "job.toml", "--quiet"]) == 0
        return desk / "runs" / "tiny"

    return go


def told(run_folder: Path) -> EventAccumulator:
    """All that TensorBoard would show of a run."""
    everything = {"scalars": 0, "images": 0, "tensors": 0}
    events = EventAccumulator(str(run_folder / "tensorboard"), size_guidance=everything)
    events.Reload()
    return events


def curves(events: EventAccumulator) -> dict[str, list[tuple[int, float]]]:
    """(step, value) of every scalar, in the order of the files."""
    return {name: [(one.step, one.value) for one in events.Scalars(name)] for name in events.Tags()["scalars"]}


def rows(run_folder: Path) -> dict[str, list[tuple[int, float]]]:
    """The same from ``metrics.jsonl``."""
    found: dict[str, dict[int, float]] = {}
    for line in (run_folder / "metrics.jsonl").read_text().splitlines():
        row: dict[str, Any] = json.loads(line)
        if "schema" in row or "event" in row:
            continue
        for name, value in row.items():
            if name != "step":
                found.setdefault(name, {}).setdefault(row["step"], value)
    return {name: [(step, np.float32(value)) for step, value in by_step.items()] for name, by_step in found.items()}
