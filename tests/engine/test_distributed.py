"""One model trained by several processes: the same model, found by the same steps, and nothing left behind."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from artgen.cli.group import run
from artgen.engine.team.place import torchrun_place
from artgen.errors import ArtgenError
from artgen.runs.checkpoints import latest_checkpoint
from tests.tiny_job import TINY_JOB
from tests.tools import tool

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")

WITHIN = 1e-7
PATIENCE_S = 120

# each looks at more of its batch than one picture at a time, in one way or another; batch norm is another matter
GAN = (
    'generator={type="dense", latent=8, hidden=[16], norm="none"}',
    "discriminator.minibatch_stddev=2",
    'losses=[{type="adversarial", weight=0.5}, {type="relativistic", weight=0.5}, {type="r1", every=3, gamma=0.1},'
    ' {type="gradient-penalty", every=2}, {type="feature-matching"}]',
    'augmentations=[{type="adaptive", start=0.3}, {type="diffaugment"}]',
    "train.batch=6",
)
MORE = {
    "path length, style mixing, groups": (
        'generator={type="stylegan-lite", latent=8, width=0.01}',
        'discriminator={type="stylegan-lite", width=0.01, minibatch_stddev=2}',
        'losses=[{type="adversarial", form="non-saturating"}, {type="r1", every=3}, {type="path-length", every=2}]',
        "train.batch=6",
    ),
    "many scales, uneven slices": (
        'generator={type="msg", latent=8, width=4}',
        'discriminator={type="msg", width=4, minibatch_stddev=2}',
        'losses=[{type="relativistic"}, {type="r1", every=2, gamma=0.1}, {type="r2", every=2, gamma=0.1}]',
        "train.batch=7",
    ),
    "growing, two updates each": (
        'generator={type="stylegan-lite", latent=8, width=0.01}',
        'discriminator={type="stylegan-lite", width=0.01, minibatch_stddev=0}',
        'losses=[{type="adversarial"}, {type="feature-matching", distance="l2"}]',
        "train.stages=[{size=8, kimg=0.2, fade_kimg=0.1}, {size=16, fade_kimg=0.1}]",
        "train.discriminator.updates=2",
        "train.generator.updates=2",
    ),
}


@pytest.fixture
def trained(tmp_path: Path, pictures: Path) -> Callable[..., Path]:
    """Trains the tiny job with some values set; returns its run folder."""
    file = tmp_path / "job.toml"
    file.write_text(TINY_JOB.format(pictures=pictures.as_posix()), encoding="utf-8")

    def train(name: str, *sets: str, devices: int = 1, code: int = 0) -> Path:
        values = ("outputs=[]", f"train.devices={devices}", *sets)
        found = run(["run", str(file), "--quiet", "--out", str(tmp_path / name), *_set(values)])
        assert found == code
        return tmp_path / name / "tiny"

    return train


def _set(values: tuple[str, ...]) -> list[str]:
    return [word for value in values for word in ("--set", value)]


def losses(folder: Path) -> dict[int, dict[str, float]]:
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return {
        row["step"]: {key: value for key, value in row.items() if key.startswith(("loss/", "guard/", "augmentation/"))}
        for row in rows
        if "loss/generator" in row
    }


def weights(folder: Path, part: str) -> dict[str, torch.Tensor]:
    checkpoint, _ = latest_checkpoint(folder / "checkpoints")
    assert checkpoint is not None
    return load_file(checkpoint.path / f"{part}.safetensors")


def assert_same_training(folder: Path, other: Path) -> None:
    mine, others = losses(folder), losses(other)
    assert sorted(mine) == sorted(others)
    for step, row in others.items():
        assert mine[step] == pytest.approx(row, abs=WITHIN, rel=WITHIN), f"step {step}"
    for part in ("generator", "discriminator", "ema"):
        for name, tensor in weights(other, part).items():
            torch.testing.assert_close(weights(folder, part)[name], tensor, atol=WITHIN, rtol=WITHIN, msg=name)


def test_two_processes_then_one_then_two_come_to_the_losses_of_one(trained):
    in_double = (*GAN, 'train.precision="fp64"', "train.checkpoint_steps=10")
    for steps, devices in ((20, 2), (30, 1), (50, 2)):
        team = trained("team", *in_double, f"train.steps={steps}", devices=devices)
    alone = trained("alone", *in_double, "train.steps=50")
    assert max(losses(alone)) == 50
    assert_same_training(team, alone)
    checkpoint, _ = latest_checkpoint(team / "checkpoints")
    assert checkpoint is not None
    assert checkpoint.state["processes"] == 2


@pytest.mark.slow
@pytest.mark.parametrize("sets", MORE.values(), ids=MORE)
@pytest.mark.parametrize("devices", [2, 3])
def test_processes_come_to_the_losses_of_one(trained, sets: tuple[str, ...], devices: int):
    in_double = (*sets, 'train.precision="fp64"', "train.steps=50", "train.checkpoint_steps=25")
    team = trained("team", *in_double, devices=devices)
    assert_same_training(team, trained("alone", *in_double))


@pytest.mark.slow
def test_processes_that_were_stopped_end_with_the_same_bytes(trained):
    with_norm = ('generator.norm="batch"', "train.checkpoint_steps=5")
    whole = trained("whole", *with_norm, "train.steps=20", devices=2)
    for steps in (10, 20):
        parts = trained("parts", *with_norm, f"train.steps={steps}", devices=2)
    ends = [latest_checkpoint(folder / "checkpoints")[0] for folder in (whole, parts)]
    assert all(ends)
    assert ends[0].state["sha256"] == ends[1].state["sha256"]


def listening(processes: set[int]) -> set[str]:
    """The addresses on which some processes wait for connections, as `ss` has them."""
    told = subprocess.run([tool("ss"), "-H", "-ltnp"], check=True, capture_output=True, text=True, timeout=30).stdout
    return {
        line.split()[3].rpartition(":")[0]
        for line in told.splitlines()
        if processes & set(map(int, re.findall(r"pid=(\d+)", line)))
    }


def followers(of: int) -> list[int]:
    """The processes that train along with one."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == of and b"artgen.launch.follower" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found


@contextlib.contextmanager
def meanwhile(look: Callable[[], object]) -> Iterator[None]:
    """Do something again and again in a thread, as long as the block lasts."""
    over = threading.Event()

    def again() -> None:
        while not over.wait(0.05):
            look()

    thread = threading.Thread(target=again)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_first_gradients_are_those_of_one_process_and_nobody_listens_to_the_network(trained):
    once = (*GAN, 'train.precision="fp32"', "train.steps=1", "train.checkpoint_steps=1")
    found: set[str] = set()
    with meanwhile(lambda: found.update(listening({os.getpid(), *followers(os.getpid())}))):
        team = trained("team", *once, devices=2)
    alone = trained("alone", *once)
    # with a first decay rate of 0, Adam's first moment is the gradient itself
    gradients = {name: tensor for name, tensor in weights(alone, "optimizers").items() if name.endswith("/exp_avg")}
    of_team = weights(team, "optimizers")
    assert len(gradients) == 10
    for name, gradient in gradients.items():
        torch.testing.assert_close(
            of_team[name], gradient, rtol=1e-5, atol=1e-5 * float(gradient.abs().max()), msg=name
        )
    assert found, "they talked"
    assert found <= {"127.0.0.1", "[::1]", "[::ffff:127.0.0.1]"}


def test_processes_talk_as_they_should():
    """Sums, means with their slopes, messages; and smaller pieces for all where one runs out of memory."""
    meeting = f"/tmp/artgen-meeting-{os.getpid()}-{time.monotonic_ns()}"  # noqa: S108 - it must not be there
    command = [sys.executable, "-m", "tests.engine.teammate"]
    both = [
        subprocess.Popen([*command, str(rank), meeting], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for rank in range(2)
    ]
    told = [process.communicate(timeout=PATIENCE_S) for process in both]
    first, second = (json.loads(out) if out else pytest.fail(errors) for out, errors in told)
    assert first["slope"] == [0.875] * 3
    assert second["slope"] == [0.875] * 5
    del first["slope"], second["slope"]
    assert first == second
    assert first == {
        "sums": [[[3.0] * 3] * 2, 1.0],
        "mean": 3.5,
        "given": [0.0, 1.0, 2.0, 3.0],
        "told": {"who": "the first"},
        "alike": [True, False],
        "agreed": [True, 5.0],
        "sizes": [8, 4, 2],
    }


def test_more_processes_than_pictures_are_refused(trained, capsys):
    trained("team", "train.batch=4", "discriminator.minibatch_stddev=2", devices=3, code=2)
    told = capsys.readouterr().err
    assert "devices = 3 cannot share a batch of 4: discriminator 'dcgan' looks at 2 pictures together" in told
    assert "batch = 6" in told


def test_a_process_that_is_killed_ends_the_task_with_its_name(trained, capsys):
    folder = trained("team", "train.steps=1")

    def kill() -> None:
        if (folder / "checkpoints" / "00000010").exists():
            for process in followers(os.getpid()):
                os.kill(process, signal.SIGKILL)

    with meanwhile(kill):
        trained("team", "train.steps=1000000", "train.checkpoint_steps=5", devices=2, code=1)
    told = capsys.readouterr().err
    assert "process 1 of 2 was killed" in told
    assert "the same command goes on" in told
    assert followers(os.getpid()) == []


def started(folder: Path, *sets: str) -> subprocess.Popen[bytes]:
    """The tiny job's endless training in a process of its own, once its first checkpoint is there."""
    values = ("outputs=[]", "train.devices=2", "train.steps=1000000", "train.checkpoint_steps=5", *sets)
    command = [sys.executable, "-m", "artgen", "run", "job.toml", "--quiet", *_set(values)]
    process = subprocess.Popen(command, cwd=folder)
    until = time.monotonic() + PATIENCE_S
    while not any((folder / "runs" / "tiny" / "checkpoints").glob("0*")):
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.05)
    return process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["asked to stop", "killed"])
def test_no_process_outlives_the_one_that_started_it(tmp_path: Path, pictures: Path, number: signal.Signals):
    (tmp_path / "job.toml").write_text(TINY_JOB.format(pictures=pictures.as_posix()), encoding="utf-8")
    process = started(tmp_path)
    along = followers(process.pid)
    assert len(along) == 1
    process.send_signal(number)
    assert process.wait(PATIENCE_S) == (130 if number == signal.SIGTERM else -signal.SIGKILL)
    until = time.monotonic() + PATIENCE_S
    while Path(f"/proc/{along[0]}").exists():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_processes_of_torchrun_know_their_place():
    told = {"RANK": "5", "WORLD_SIZE": "8", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "4", "MASTER_PORT": "1"}
    assert torchrun_place({}) is None
    assert torchrun_place({**told, "MASTER_ADDR": "node-0", "WORLD_SIZE": "1"}) is None
    place = torchrun_place({**told, "MASTER_ADDR": "node-0"})
    assert (place.rank, place.size, place.local_rank, place.one_machine) == (5, 8, 1, False)
    assert torchrun_place({**told, "MASTER_ADDR": "127.0.0.1"}).one_machine
    assert torchrun_place({**told, "MASTER_ADDR": "node-0", "LOCAL_WORLD_SIZE": "8"}).one_machine
    with pytest.raises(ArtgenError, match="RANK=five"):
        torchrun_place({**told, "MASTER_ADDR": "node-0", "RANK": "five"})


@pytest.mark.slow
def test_torchrun_comes_to_the_losses_of_one_process(trained, tmp_path: Path):
    in_double = (GAN[0], 'train.precision="fp64"', "train.steps=20", "train.batch=6", "outputs=[]")
    alone = trained("alone", *in_double)
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    artgen = ["-m", "artgen", "run", str(tmp_path / "job.toml"), "--quiet", "--out", str(tmp_path / "team")]
    environment = {name: value for name, value in os.environ.items() if name != "ARTGEN_DEBUG"}
    subprocess.run([*torchrun, *artgen, *_set(in_double)], check=True, timeout=4 * PATIENCE_S, env=environment)
    assert_same_training(tmp_path / "team" / "tiny", alone)
