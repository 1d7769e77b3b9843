"""Workers on a cluster of this machine alone, which is started where no address is given."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

pytest.importorskip("ray", reason="Ray is not installed")

from artgen.launch.contract import Batch, Ended

from artgen_ray.config import RayConfig
from artgen_ray.launcher import RayLauncher
from conftest import Command, ended


@pytest.fixture(scope="module")
def alone() -> Iterator[RayLauncher]:
    """The cluster that is started where no address is given."""
    batch = Batch(runs=2, jobs=2, say=lambda _text: None, warn=lambda _text: None)
    launcher = RayLauncher(RayConfig(), batch)
    yield launcher
    launcher.close()


def test_a_worker_runs_with_the_python_and_the_variables_of_its_machine(
    alone: RayLauncher, command: Command, tmp_path: Path
) -> None:
    code = "import os, sys; print(os.environ['ARTGEN_X'], os.environ['OMP_NUM_THREADS'], sys.executable); sys.exit(3)"
    assert ended(alone.start(command(code, ARTGEN_X="here"))) == Ended(3)
    word, threads, exe = (tmp_path / "train.log").read_text().split()
    assert (word, threads) == ("here", "1")
    assert "another" not in exe


def test_nobody_beyond_this_machine_reaches_a_cluster_that_was_started_here(alone: RayLauncher) -> None:
    assert alone.slots == 2
    processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
    listening = [
        (process.name(), one.laddr.ip)
        for process in processes
        for one in process.net_connections("inet")
        if one.status == psutil.CONN_LISTEN and not _inherited(one.fd)
    ]
    assert any(name == "gcs_server" for name, _ in listening)
    assert {ip.removeprefix("::ffff:") for _, ip in listening} == {"127.0.0.1"}


def _inherited(number: int) -> bool:
    """A socket that the tests themselves were started with."""
    return number in _BEFORE


_BEFORE = {one.fd for one in psutil.Process().net_connections("inet") if one.status == psutil.CONN_LISTEN}

SAVES = """
import pathlib, signal, sys, time
def save(*_):
    pathlib.Path("{folder}/saved").touch()
    sys.exit(130)
signal.signal(signal.SIGTERM, save)
pathlib.Path("{folder}/began").touch()
time.sleep(60)
"""


def test_who_is_asked_to_stop_saves_first_and_who_waits_is_dropped(
    alone: RayLauncher, command: Command, tmp_path: Path
) -> None:
    running = alone.start(command(SAVES.format(folder=tmp_path), threads=2))
    waiting = alone.start(command("raise SystemExit(0)", "output:film", threads=2))
    _appears(tmp_path / "began")
    for _ in range(3):  # who gives out the tasks may ask more than once
        running.stop()
        waiting.stop()
    assert ended(running).code == 130
    assert ended(waiting).code == 130
    assert (tmp_path / "saved").exists()


def test_who_is_killed_ends_at_once_with_all_that_it_started(
    alone: RayLauncher, command: Command, tmp_path: Path
) -> None:
    code = f"import os, pathlib, time; pathlib.Path('{tmp_path}/pid').write_text(str(os.getpid())); time.sleep(60)"
    running = alone.start(command(code))
    _appears(tmp_path / "pid")
    number = int((tmp_path / "pid").read_text())
    running.kill()
    assert ended(running).code == 130
    until = time.monotonic() + 10
    while psutil.pid_exists(number) and psutil.Process(number).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_signal_for_artgen_still_reaches_it(alone: RayLauncher) -> None:
    assert alone.threads
    assert signal.getsignal(signal.SIGTERM) in (signal.SIG_DFL, signal.default_int_handler)


def _appears(file: Path) -> None:
    until = time.monotonic() + 60
    while not file.exists():
        assert time.monotonic() < until
        time.sleep(0.02)
