"""The launcher of this machine: which worker gets which cores and GPUs, and how its end is told."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from artgen.cores import cores
from artgen.launch.config import LocalConfig
from artgen.launch.contract import Batch, Ended, TaskCommand
from artgen.launch.endings import cause_of
from artgen.launch.gpus import visible_gpus
from artgen.launch.local import Local, LocalProcess

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the driver's tool is stood in for by a script")

TELLS = """
import json, os, sys, time
names = ("CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS", "ARTGEN_SHARES", "ARTGEN_TOLD")
print(json.dumps({name: os.environ.get(name) for name in names} | {"words": sys.argv[1:]}), flush=True)
time.sleep(float(os.environ["SECONDS"]))
"""
GIB = 2**30

Start = Callable[..., LocalProcess | None]


@pytest.fixture(autouse=True)
def four_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


@pytest.fixture
def two_gpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A driver's tool that tells of two GPUs with 20 GiB free."""
    tool = tmp_path / "bin" / "nvidia-smi"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\necho '0, GPU-aaaa, 24576, 4096'\necho '1, GPU-bbbb, 24576, 4096'\n", encoding="utf-8")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}:/usr/bin:/bin")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a worker that tells its surroundings and stays for a while; all are gone at the end."""
    started: list[LocalProcess] = []

    def go(launcher: Local, seconds: float = 60, **told: Any) -> LocalProcess | None:
        values: dict[str, Any] = {"threads": launcher.threads, "devices": 0, "gpu": None, "memory_bytes": 0, **told}
        command = TaskCommand(
            lock=tmp_path / "job.lock.toml",
            task="train",
            run="tiny",
            words=(sys.executable, "-I", "-S", "-c", TELLS),
            environment={"ARTGEN_TOLD": "yes", "SECONDS": str(seconds)},
            log=tmp_path / f"{len(started)}.log",
            **values,
        )
        process = launcher.start(command)
        if process:
            started.append(process)
        return process

    yield go
    for process in started:
        process.kill()


def batch(runs: int, jobs: int | None = None) -> Batch:
    return Batch(runs, jobs, print, print)


def surroundings(process: LocalProcess | None) -> dict[str, Any]:
    assert process is not None
    end = time.monotonic() + 60
    while not (text := process.command.log.read_text(encoding="utf-8")).endswith("\n"):
        assert time.monotonic() < end
        time.sleep(0.01)
    told: dict[str, Any] = json.loads(text)
    return told


def test_threads_in_all_are_never_more_than_cores(start: Start) -> None:
    launcher = Local(LocalConfig(), batch(2))
    assert (launcher.slots, launcher.threads) == (2, 2)
    first, second = start(launcher), start(launcher)
    assert surroundings(first)["OMP_NUM_THREADS"] == surroundings(second)["OMP_NUM_THREADS"] == "2"
    assert surroundings(first)["ARTGEN_SHARES"] == "2"
    assert surroundings(first)["ARTGEN_TOLD"] == "yes"
    assert start(launcher) is None
    assert first is not None
    first.kill()
    assert start(launcher, threads=4) is None, "one that was begun with all cores waits until they are free"
    assert start(launcher, threads=2) is not None


def test_as_many_at_a_time_as_was_asked_for(start: Start) -> None:
    assert Local(LocalConfig(jobs=3), batch(12)).slots == 3
    launcher = Local(LocalConfig(jobs=3), batch(12, jobs=1))
    assert (launcher.slots, launcher.threads) == (1, 4)
    assert start(launcher) is not None
    assert start(launcher, threads=0) is None
    assert Local(LocalConfig(), batch(100)).slots <= 4


@pytest.mark.usefixtures("two_gpus")
def test_each_task_sees_its_own_gpu_and_a_second_one_comes_beside_it_where_its_memory_is_known_to_fit(
    start: Start,
) -> None:
    launcher = Local(LocalConfig(jobs=4), batch(8))
    seen = [surroundings(start(launcher, devices=1))["CUDA_VISIBLE_DEVICES"] for _ in range(2)]
    assert sorted(seen) == ["0", "1"]
    assert start(launcher, devices=1) is None, "nobody knows yet what it takes"
    assert start(launcher, devices=1, memory_bytes=9 * GIB) is None
    beside = start(launcher, devices=1, memory_bytes=6 * GIB)
    assert surroundings(beside)["CUDA_VISIBLE_DEVICES"] in ("0", "1")
    assert surroundings(start(launcher))["CUDA_VISIBLE_DEVICES"] is None, "one that wants none waits for none"


@pytest.mark.usefixtures("two_gpus")
def test_a_job_that_names_its_gpu_gets_that_one_and_one_that_wants_several_waits_for_them(start: Start) -> None:
    launcher = Local(LocalConfig(jobs=4), batch(8))
    told = surroundings(start(launcher, devices=1, gpu=1))
    assert (told["CUDA_VISIBLE_DEVICES"], told["words"]) == ("1", ["--device", "cuda"])
    assert start(launcher, devices=2) is None
    assert start(launcher, devices=1, gpu=1) is None
    assert Local(LocalConfig(jobs=4, per_gpu=2), batch(8)).slots == 4


@pytest.mark.usefixtures("two_gpus")
def test_only_the_gpus_that_this_process_may_use_are_given_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [(gpu.name, gpu.free_bytes) for gpu in visible_gpus()] == [("0", 20 * GIB), ("1", 20 * GIB)]
    for said, names in (("1", ["1"]), ("GPU-bb,0", ["GPU-bb", "0"]), ("", []), ("7,0", [])):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", said)
        assert [gpu.name for gpu in visible_gpus()] == names


def test_how_a_worker_ended_is_told_with_its_last_words(start: Start, tmp_path: Path) -> None:
    launcher = Local(LocalConfig(jobs=1), batch(1))
    process = start(launcher)
    surroundings(process)
    assert process is not None
    assert process.poll() is None
    process.kill()
    ended = process.poll()
    assert ended == Ended(-9)
    told = cause_of(ended, process.command.log)
    assert "killed by signal 9 (SIGKILL), often because the memory was full" in told
    assert '"ARTGEN_TOLD": "yes"' in told
    assert "exit code 3; it said nothing" in cause_of(Ended(3), tmp_path / "none.log")


def test_cores_are_counted_as_they_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert cores() == 4
    monkeypatch.setenv("OMP_NUM_THREADS", "no number")
    assert cores() >= 1
