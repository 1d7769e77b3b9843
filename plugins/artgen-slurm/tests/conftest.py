"""What the tests share: a Slurm of one host, and workers that do next to nothing."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from artgen.launch.contract import Batch, Ended, Running, TaskCommand

from one_host import OneHost, missing

Command = Callable[..., TaskCommand]


@pytest.fixture(scope="session")
def slurm() -> Iterator[OneHost]:
    """Skipped, with the reason, where Slurm is not installed."""
    if lacking := missing():
        pytest.skip(f"not installed: {', '.join(lacking)} (Debian and Ubuntu: apt-get install slurm-wlm munge)")
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    host = OneHost(folder)
    before = os.environ.get("SLURM_CONF")
    os.environ["SLURM_CONF"] = str(host.conf)
    yield host
    host.stop()
    if before is None:
        del os.environ["SLURM_CONF"]
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """A worker that runs some Python."""

    def made(code: str, task: str = "train", *, threads: int = 1, devices: int = 0, **environment: str) -> TaskCommand:
        words = (sys.executable, "-c", code)
        lock, log = tmp_path / "job.lock.toml", tmp_path / f"{task.replace(':', '@')}.log"
        return TaskCommand(lock, task, "faces", threads, devices, None, 0, words, environment, log)

    return made


class Told(list[str]):
    """What the user was told."""


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def batch(told: Told) -> Batch:
    return Batch(runs=1, jobs=None, say=told.append, warn=told.append)


def ended(running: Running, within_s: float = 60) -> Ended:
    """How a worker ends, when it does."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if how := running.poll():
            return how
        time.sleep(0.05)
    pytest.fail("it did not end")
