"""What the tests share: a cluster of three machines that are processes, and workers that do next to nothing."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from artgen.launch.contract import Batch, Ended, Running, TaskCommand

os.environ |= {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_USAGE_STATS_ENABLED": "0"}
os.environ |= {"RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}  # else Ray warns

Command = Callable[..., TaskCommand]

MACHINES, CORES_EACH = 3, 2


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """A worker that runs some Python."""

    def made(code: str, task: str = "train", *, threads: int = 1, devices: int = 0, **environment: str) -> TaskCommand:
        words = ("/another/machine/python", "-c", code)
        lock, log = tmp_path / "job.lock.toml", tmp_path / f"{task}.log"
        return TaskCommand(lock, task, "faces", threads, devices, None, 0, words, environment, log)

    return made


@pytest.fixture
def batch() -> Batch:
    return Batch(runs=20, jobs=None, say=lambda _text: None, warn=lambda _text: None)


@pytest.fixture
def cluster() -> Iterator[object]:
    """Three raylets, each with cores of its own, as three machines would be."""
    utilities = pytest.importorskip("ray.cluster_utils", reason="Ray is not installed")
    three = utilities.Cluster()
    for _ in range(MACHINES):
        three.add_node(num_cpus=CORES_EACH, object_store_memory=80 * 2**20, include_dashboard=False)
    yield three
    three.shutdown()


def ended(running: Running, within_s: float = 60) -> Ended:
    """How a worker ends, when it does."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if told := running.poll():
            return told
        time.sleep(0.05)
    pytest.fail("it did not end")


def python() -> str:
    return sys.executable
