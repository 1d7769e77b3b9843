"""What sbatch is handed, and what is made of Slurm's answers; no cluster is needed for these."""

from __future__ import annotations

import subprocess
import sys

import pytest
from artgen.launch.contract import Ended
from pydantic import ValidationError

from artgen_slurm.config import SlurmConfig
from artgen_slurm.launcher import ended_of
from artgen_slurm.queue import JobState
from artgen_slurm.script import Needs, needs_of, options_of, script_of
from conftest import Command


def test_what_a_job_says_of_slurm_is_what_sbatch_is_told() -> None:
    config = SlurmConfig(partition="gpu", account="art", time="2-12", mem="16G", gpus=1, options=["--constraint=a100"])
    told = options_of(Needs(cores=6, gpus=1), 4, config, "artgen faces")
    wanted = {"--array=0-3", "--partition=gpu", "--account=art", "--time=2-12", "--mem=16G", "--gpus=1"}
    assert wanted | {"--cpus-per-task=6", "--requeue", "--signal=B:USR1@120"} <= set(told)
    assert told[-1] == "--constraint=a100"
    assert not [word for word in options_of(Needs(1, 0), 1, SlurmConfig(), "x") if "gpus" in word or "time" in word]


@pytest.mark.parametrize(
    ("devices", "gpus", "asked"), [(0, 2, 0), (1, 0, 0), (1, 1, 1), (8, 1, 8), (sys.maxsize, 4, 4), (8, 0, 0)]
)
def test_a_task_asks_for_the_gpus_that_it_works_on(devices: int, gpus: int, asked: int, command: Command) -> None:
    assert needs_of(command("", devices=devices), SlurmConfig(gpus=gpus)).gpus == asked


def test_words_and_variables_reach_the_worker_as_they_are(command: Command) -> None:
    odd = 'it\'s "$HOME" `id` ; \\ ü\n#'
    one = command("import os, sys; sys.stdout.write(os.environ['ARTGEN_ODD'] + sys.argv[1])", ARTGEN_ODD=odd)
    script = script_of([command("", "paint"), type(one)(**{**vars(one), "words": (*one.words, odd)})], SlurmConfig())
    subprocess.run(["bash", "-s"], input=script, text=True, env={"SLURM_ARRAY_TASK_ID": "1"}, check=True)
    assert one.log.read_text(encoding="utf-8") == odd * 2


@pytest.mark.parametrize(
    ("state", "asked", "how"),
    [
        (JobState("RUNNING"), False, None),
        (JobState("PENDING"), True, None),
        (JobState("REQUEUED"), False, None),
        (JobState("COMPLETED", 0), False, Ended(0)),
        (JobState("FAILED", 3), False, Ended(3)),
        (JobState("CANCELLED", 0), True, Ended(130)),
        (JobState("OUT_OF_MEMORY", 125), False, Ended(125, told="Slurm says out of memory")),
        (JobState("NODE_FAIL", 1), False, Ended(None, lost=True, told="its machine failed")),
    ],
)
def test_a_lost_machine_is_told_from_a_failure(state: JobState, asked: bool, how: Ended | None) -> None:
    assert ended_of(state, asked=asked) == how


@pytest.mark.parametrize("time", ["", "90", "4:00:00", "2-12", "1-00:30:00"])
def test_times_are_slurms(time: str) -> None:
    assert SlurmConfig(time=time).time == time


@pytest.mark.parametrize("time", ["4h", "1:2:3", "--wrap=x", "2-12 --wrap=x"])
def test_what_is_no_time_is_refused(time: str) -> None:
    with pytest.raises(ValidationError):
        SlurmConfig(time=time)
