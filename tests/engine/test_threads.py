"""Noticing that other programs use the cores that a training works with."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from artgen.cores import busy_seconds, usable_cpus
from artgen.engine.threads import OtherWork

pytestmark = pytest.mark.skipif(busy_seconds() is None, reason="this system does not tell what all programs use")


@pytest.fixture
def busy() -> Iterator[None]:
    """Another program that never rests."""
    other = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    time.sleep(0.2)  # it has begun
    yield
    other.kill()
    other.wait()


@pytest.mark.usefixtures("busy")
def test_another_program_on_the_cores_of_a_training_is_told_of_once_with_what_to_do() -> None:
    said: list[str] = []
    watch = OtherWork(threads := len(usable_cpus()) + 1, said.append, every_s=1.0)
    watch.look()
    assert not said, "a moment shows nothing"
    for _ in range(2):
        time.sleep(1.2)
        watch.look()
    assert len(said) == 1
    others = float(said[0].removeprefix("other programs use ").partition(" of ")[0])
    assert 0.4 < others <= threads - 1
    advised = int(said[0].rpartition("--set train.threads=")[2])
    assert advised == 1 or 0 <= threads - 1 - others - advised + 0.25 < 1.1  # rounded to a tenth in what is said


@pytest.mark.usefixtures("busy")
def test_one_thread_waits_for_no_other() -> None:
    said: list[str] = []
    watch = OtherWork(1, said.append, every_s=0.1)
    time.sleep(0.3)
    watch.look()
    assert not said


def test_more_threads_than_cores_are_not_the_work_of_others() -> None:
    said: list[str] = []
    watch = OtherWork(len(usable_cpus()) + 1, said.append, every_s=0.5)
    time.sleep(0.6)
    watch.look()
    # on a machine that rests there is nothing to say; on one that does not, it must be the others
    assert all(float(text.removeprefix("other programs use ").partition(" of ")[0]) >= 0.2 for text in said)


def test_what_this_process_uses_itself_is_not_other_work() -> None:
    busy_before, own_before = busy_seconds(), time.process_time()
    assert busy_before is not None
    until = time.monotonic() + 1
    while time.monotonic() < until:
        pass
    busy_after, own_after = busy_seconds(), time.process_time()
    assert busy_after is not None
    # ticks are hundredths of a second
    assert busy_after - busy_before >= own_after - own_before - 0.05
