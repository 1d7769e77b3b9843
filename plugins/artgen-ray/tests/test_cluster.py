"""Workers on several machines: what becomes of those whose machine is lost."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

pytest.importorskip("ray", reason="Ray is not installed")

from artgen.launch.contract import Batch, Ended, TaskCommand

from artgen_ray.config import RayConfig
from artgen_ray.launcher import RayLauncher, fair_cores, slots_of
from conftest import CORES_EACH, MACHINES, Command

TASKS = 20


def test_of_twenty_tasks_on_three_machines_one_of_which_dies_each_is_done_once(
    cluster: Any, command: Command, batch: Batch, tmp_path: Path
) -> None:
    """A task counts as done when it ends well; one that its machine took along is begun again, as a task of artgen is,
    which goes on where it was."""
    launcher = RayLauncher(RayConfig(address=cluster.address, cores=1), batch)
    try:
        assert launcher.slots == MACHINES * CORES_EACH
        (tmp_path / "began").mkdir()
        (tmp_path / "done").mkdir()
        commands = {f"output:{number}": command(_once(tmp_path, number), f"task-{number}") for number in range(TASKS)}
        lost = _all_done(launcher, commands, after=6, strike=lambda: _kill_one_that_works(cluster, tmp_path / "began"))
        assert lost
        done = sorted(int(path.name) for path in (tmp_path / "done").iterdir())
        assert done == list(range(TASKS))
        begun = Counter(int(path.name.partition("-")[0]) for path in (tmp_path / "began").iterdir())
        assert all(times == 1 for number, times in begun.items() if f"output:{number}" not in lost)
    finally:
        launcher.close()


def _once(folder: Path, number: int) -> str:
    """Tells when it begins; what was done before is left alone, and nothing can be done twice.

    It ends when its parent is gone, as artgen's workers do.
    """
    return f"""
import os, time
if os.path.exists("{folder}/done/{number}"):
    raise SystemExit(0)
os.close(os.open("{folder}/began/{number}-" + str(os.getpid()), os.O_CREAT | os.O_EXCL))
time.sleep(0.5)
if os.getppid() != int(os.environ["ARTGEN_PARENT"]):
    raise SystemExit(1)
os.close(os.open("{folder}/done/{number}", os.O_CREAT | os.O_EXCL))
"""


def _all_done(
    launcher: RayLauncher, commands: dict[str, TaskCommand], *, after: int, strike: Callable[[], bool]
) -> list[str]:
    """Give out all tasks, and again those that are lost; when some are done, strike until it hits."""
    running = {task: launcher.start(one) for task, one in commands.items()}
    done, lost, struck = set[str](), list[str](), False
    until = time.monotonic() + 90
    while len(done) < len(commands):
        assert time.monotonic() < until
        for task in running.keys() - done:
            told = running[task].poll()
            if told and told.lost:
                lost.append(task)
                running[task] = launcher.start(commands[task])
            elif told:
                assert told == Ended(0), told
                done.add(task)
        if not struck and len(done) >= after:
            struck = strike()
        time.sleep(0.02)
    return lost


def _kill_one_that_works(cluster: Any, began: Path) -> bool:
    """As when the power of a machine goes that is not the first one: the raylet and all of its workers."""
    at_work = {int(path.name.partition("-")[2]) for path in began.iterdir()}
    for node in cluster.list_all_nodes()[1:]:
        processes = _processes(node)
        if at_work & {process.pid for process in processes}:
            for process in processes:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            return True
    return False


def _processes(node: Any) -> list[psutil.Process]:
    found = []
    for infos in node.all_processes.values():
        for info in infos:
            with contextlib.suppress(psutil.NoSuchProcess):
                process = psutil.Process(info.process.pid)
                found += [process, *process.children(recursive=True)]
    return found


def test_tasks_share_a_machine_evenly() -> None:
    node = {"CPU": 16.0}
    assert fair_cores([node], tasks=1, gpus=1) == 16
    assert fair_cores([node], tasks=5, gpus=1) == 3
    assert fair_cores([node, node], tasks=8, gpus=1) == 4
    assert fair_cores([node], tasks=100, gpus=1) == 1
    assert fair_cores([node | {"GPU": 4.0}], tasks=100, gpus=1) == 4
    assert fair_cores([node | {"GPU": 4.0}], tasks=100, gpus=0.5) == 2
    assert fair_cores([{"GPU": 1.0}], tasks=1, gpus=1) == 1


def test_a_cluster_with_gpus_has_room_for_as_many_tasks_as_these_hold() -> None:
    assert slots_of([{"CPU": 16.0}, {"CPU": 6.0}], threads=4, gpus=1) == 5
    assert slots_of([{"CPU": 16.0, "GPU": 2.0}, {"CPU": 6.0}], threads=4, gpus=0.5) == 4
    assert slots_of([{"CPU": 2.0}], threads=4, gpus=1) == 1
