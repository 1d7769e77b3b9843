"""Workers in Slurm's queue: arrays, preemption, time limits, and what becomes of them when nobody waits for them."""

from __future__ import annotations

import os
import re
from pathlib import Path

import psutil
import pytest
from artgen import ArtgenError
from artgen.launch.contract import Batch, Ended

from artgen_slurm.config import SlurmConfig
from artgen_slurm.launcher import SlurmLauncher, SlurmTask
from conftest import Command, Told, ended
from one_host import OneHost

CONFIG = SlurmConfig(partition="low", cores=1, poll_s=0.3)

GOES_ON = """
import os, pathlib, signal, sys, time
name, folder = "{name}", pathlib.Path("{folder}")
kept = folder / (name + ".checkpoint")
steps = int(kept.read_text()) if kept.exists() else 0
with (folder / (name + ".began")).open("a") as began:
    began.write(str(steps) + "\\n")
def save(*_):
    kept.write_text(str(steps))
    sys.exit(130)
signal.signal(signal.SIGTERM, save)
while steps < {steps} and not (folder / "enough").exists():
    time.sleep(0.1)
    steps += 1
(folder / (name + ".done")).write_text("x")
"""
"""Counts to a number, saves where it is when it is asked to end, and goes on there."""


def counting(folder: Path, name: str, steps: int = 10_000) -> str:
    return GOES_ON.format(folder=folder, name=name, steps=steps)


def put_forward(slurm: OneHost, job: str) -> None:
    """Slurm waits for two minutes before it starts again what it took away."""
    slurm.told("scontrol", "update", f"JobId={job}", "StartTime=now")


def state(slurm: OneHost, task: SlurmTask) -> str:
    return slurm.told("squeue", "--array", "--noheader", "--states=all", "--format=%T", f"--jobs={task.job}").strip()


def test_nothing_of_it_listens_beyond_this_machine(slurm: OneHost) -> None:
    listening = {
        one.laddr.ip
        for process in map(psutil.Process, slurm.processes())
        for one in process.net_connections("inet")
        if one.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}


def test_of_an_array_of_four_one_is_preempted_and_goes_on_where_it_was(
    slurm: OneHost, command: Command, batch: Batch, told: Told, tmp_path: Path
) -> None:
    launcher = SlurmLauncher(CONFIG, batch)
    names = ["a", "b", "c", "d"]
    tasks = [launcher.start(command(counting(tmp_path, name), f"output:{name}")) for name in names]
    while not all((tmp_path / f"{name}.began").exists() for name in names):
        assert [task.poll() for task in tasks] == [None] * 4
    arrays = {task.job.partition("_")[0] for task in tasks}
    assert len(arrays) == 1
    assert told == [f"Slurm: 4 tasks in the queue as {arrays.pop()}"]

    slurm.told("sbatch", "--partition=high", "--cpus-per-task=1", "--output=/dev/null", "--wrap=sleep 3")
    while not (saved := list(tmp_path.glob("*.checkpoint"))):
        assert [task.poll() for task in tasks] == [None] * 4
    (one,) = saved
    preempted = tasks[names.index(one.stem)]
    while state(slurm, preempted) != "PENDING":
        assert preempted.poll() is None
    put_forward(slurm, preempted.job)

    began = tmp_path / f"{one.stem}.began"
    while len(began.read_text().split()) < 2:
        assert [task.poll() for task in tasks] == [None] * 4
    (tmp_path / "enough").touch()
    assert [ended(task) for task in tasks] == [Ended(0)] * 4
    for name in names:
        starts = [int(line) for line in (tmp_path / f"{name}.began").read_text().split()]
        assert starts == [0, int(one.read_text())] if name == one.stem else [0]
        assert (tmp_path / f"{name}.done").read_text() == "x"
    launcher.close()


def test_a_worker_whose_time_is_almost_over_saves_and_goes_on_from_the_queue(
    slurm: OneHost, command: Command, batch: Batch, tmp_path: Path
) -> None:
    launcher = SlurmLauncher(CONFIG, batch)
    task = launcher.start(command(counting(tmp_path, "long")))
    while not (tmp_path / "long.began").exists():
        assert task.poll() is None
    slurm.told("scancel", "--signal=USR1", "--batch", task.job)  # as Slurm does, --signal=B:USR1 says
    while state(slurm, task) != "PENDING":
        assert task.poll() is None
    kept = int((tmp_path / "long.checkpoint").read_text())
    put_forward(slurm, task.job)
    (tmp_path / "enough").touch()
    assert ended(task) == Ended(0)
    assert [int(line) for line in (tmp_path / "long.began").read_text().split()] == [0, kept]


@pytest.mark.usefixtures("slurm")
def test_a_worker_runs_with_its_variables_and_says_how_it_ended(command: Command, batch: Batch, tmp_path: Path) -> None:
    code = "import os, sys; print(os.environ['ARTGEN_X'], os.environ['OMP_NUM_THREADS']); sys.exit(3)"
    launcher = SlurmLauncher(SlurmConfig(poll_s=0.3, setup=["echo set up"], options=["--time=1"]), batch)
    tasks = [launcher.start(command(code, ARTGEN_X="it's")), launcher.start(command("raise SystemExit(0)", "paint"))]
    assert [ended(task) for task in tasks] == [Ended(3), Ended(0)]
    assert (tmp_path / "train.log").read_text() == "set up\nit's 1\n"
    assert not list(tmp_path.glob("*.slurm"))


@pytest.mark.usefixtures("slurm")
def test_who_is_asked_to_stop_saves_first_and_who_waits_is_dropped(
    command: Command, batch: Batch, tmp_path: Path
) -> None:
    launcher = SlurmLauncher(CONFIG, batch)
    running = launcher.start(command(counting(tmp_path, "one"), threads=4))
    while not (tmp_path / "one.began").exists():
        running.poll()
    waiting = launcher.start(command(counting(tmp_path, "two"), "output:two", threads=4))
    while not waiting.job:
        waiting.poll()
    gathered = launcher.start(command(counting(tmp_path, "three"), "output:three"))
    for task in (running, waiting, gathered):
        task.stop()
        task.stop()
    assert [ended(task).code for task in (running, waiting, gathered)] == [130, 130, 130]
    assert (tmp_path / "one.checkpoint").exists()
    assert not (tmp_path / "two.began").exists()


@pytest.mark.usefixtures("slurm")
def test_who_is_killed_ends_at_once(command: Command, batch: Batch, tmp_path: Path) -> None:
    code = f"import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); open('{tmp_path}/pid', 'w').write("
    task = SlurmLauncher(CONFIG, batch).start(command(code + "str(os.getpid())); time.sleep(300)"))
    appears_by_polling(task, tmp_path / "pid")
    task.kill()
    how = ended(task)  # long before Slurm loses its patience
    assert how.code != 0
    assert not how.lost


@pytest.mark.usefixtures("slurm")
def test_who_comes_again_finds_what_is_in_the_queue_already(
    command: Command, batch: Batch, told: Told, tmp_path: Path
) -> None:
    first = SlurmLauncher(CONFIG, batch).start(command(counting(tmp_path, "one")))
    while not first.job:
        first.poll()
    again = SlurmLauncher(CONFIG, batch).start(command(counting(tmp_path, "one")))
    assert again.job == first.job
    assert told[-1] == f"faces: train is in Slurm's queue already, as {first.job}"
    (tmp_path / "enough").touch()
    assert ended(again) == Ended(0)
    assert (tmp_path / "one.began").read_text() == "0\n"


@pytest.mark.usefixtures("slurm")
def test_what_slurm_does_not_take_is_told_in_its_words(command: Command, batch: Batch) -> None:
    launcher = SlurmLauncher(SlurmConfig(partition="nowhere", poll_s=0.3), batch)
    task = launcher.start(command("raise SystemExit(0)"))
    with pytest.raises(ArtgenError, match=r"does not take the tasks: .*invalid partition"):
        ended(task)


def test_a_controller_that_does_not_answer_is_asked_again(
    slurm: OneHost, command: Command, batch: Batch, told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launcher = SlurmLauncher(CONFIG, batch)
    task = launcher.start(command(counting(tmp_path, "one")))
    appears_by_polling(task, tmp_path / "one.began")
    elsewhere = re.sub(r"SlurmctldPort=\d+", "SlurmctldPort=1", slurm.conf.read_text()) + "MessageTimeout=1\n"
    (tmp_path / "elsewhere.conf").write_text(elsewhere)
    monkeypatch.setenv("SLURM_CONF", str(tmp_path / "elsewhere.conf"))
    while not any("does not answer" in line for line in told):
        assert task.poll() is None
    monkeypatch.setenv("SLURM_CONF", str(slurm.conf))
    (tmp_path / "enough").touch()
    assert ended(task) == Ended(0)


def appears_by_polling(task: SlurmTask, file: Path) -> None:
    while not file.exists():
        assert task.poll() is None


def test_the_queue_is_where_slurm_is(command: Command, batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.devnull)  # no folder at all
    task = SlurmLauncher(CONFIG, batch).start(command("raise SystemExit(0)"))
    with pytest.raises(ArtgenError, match="there is no sbatch here") as caught:
        ended(task)
    assert "submits jobs" in caught.value.hint
