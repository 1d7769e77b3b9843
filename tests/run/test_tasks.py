"""Several runs at once, each task in a process of its own: what happens to them when others fail, stop or are killed."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import random
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from artgen.cli.group import run as artgen
from artgen.job import read_job
from artgen.launch.config import LocalConfig
from artgen.launch.contract import Batch, Running, TaskCommand
from artgen.launch.keys import made_by
from artgen.launch.local import Local
from artgen.launch.options import RunOptions
from artgen.launch.scheduler import Scheduler
from artgen.plugins import plugin_manager
from artgen.runs.metrics import read_rows
from artgen.runs.open import begun_run
from artgen.runs.progress import open_progress
from artgen.runs.tasks.attempts import Attempt, attempts_of, write_plan
from artgen.runs.tasks.holding import held_run, held_task
from artgen.runs.tasks.stop_file import asked_to_stop
from tests.run.conftest import Desk
from tests.tiny_job import TINY_JOB

pytestmark = pytest.mark.skipif(os.name == "nt", reason="processes are killed by signals here")

STEPS = 48
"""Fewer than the guard looks at, which would take such small networks back."""
SHEET = '[[outputs]]\ntype = "sheet"\nseeds = "0-3"\n'


def sweep(desk: Desk, cells: int, bad: int, steps: int = STEPS) -> list[str]:
    """Make the job a sweep of seeds, of which some cells have losses that are no numbers; the names of the good runs."""
    text = TINY_JOB.format(pictures="pictures").replace("steps = 24", f"steps = {steps}") + SHEET
    good = [{"job.seed": seed} for seed in range(cells - bad)]
    rows = [*good, *({"job.seed": 100 + index, "train.generator.rate": 1e30} for index in range(bad))]
    table = ",\n  ".join("{ " + ", ".join(f'"{key}" = {value!r}' for key, value in row.items()) + " }" for row in rows)
    label = '"s{job.seed}"'
    desk.job.write_text(f"{text}\n[matrix]\nlabel = {label}\ninclude = [\n  {table},\n]\n", encoding="utf-8")
    return [f"tiny@s{row['job.seed']}" for row in good]


def attempts(desk: Desk, folder: str = "runs") -> dict[tuple[str, str], Attempt]:
    """The last attempt at every task that was begun, by run and task."""
    runs = (desk.folder / folder).glob("tiny*")
    return {(run.name, one.task): one for run in runs for one in attempts_of(run)}


def working(desk: Desk) -> set[int]:
    """The processes that are at something."""
    return {one.process for one in attempts(desk).values() if not one.over and one.life() in ("works", "stopped")}


def made(run: Path) -> dict[str, bytes]:
    """All that a run shows, and what it has learned."""
    files = [*run.glob("artifacts/[!.]*/[!.]*"), *run.glob("checkpoints/[!.]*/*.safetensors")]
    return {file.relative_to(run).as_posix(): file.read_bytes() for file in files}


def numbers(run: Path) -> list[tuple[int, float]]:
    """What a training has told of itself."""
    return [(row["step"], row["loss/generator"]) for row in read_rows(run / "metrics.jsonl") if "loss/generator" in row]


def until(condition: Callable[[], object], process: subprocess.Popen[str] | None = None, seconds: float = 240) -> None:
    """Wait for something, or for the end of a process."""
    end = time.monotonic() + seconds
    while not condition() and (process is None or process.poll() is None):
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


@contextlib.contextmanager
def started(desk: Desk, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A command that is gone after the block, and its workers with it."""
    process = desk.start(*words)
    try:
        yield process
    finally:
        for number in {process.pid, *working(desk)}:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        process.communicate()


def steps_saved(desk: Desk) -> int:
    """Up to which steps all runs together are safe."""
    found = (run.glob("checkpoints/0*") for run in desk.run.parent.glob("tiny@*"))
    return sum(max((int(path.name.partition("-")[0]) for path in paths), default=0) for paths in found)


def killed_at_random(desk: Desk, words: list[str], chance: random.Random) -> None:
    """Run a command, and end all of its processes by SIGKILL once something has been saved since it was started."""
    before = steps_saved(desk)
    with started(desk, *words) as process:
        until(lambda: steps_saved(desk) > before, process)
        time.sleep(chance.uniform(0, 1.0))
        assert process.poll() is None, "it was over before it was killed"
    until(lambda: not working(desk))


def same_as_undisturbed(desk: Desk, good: list[str], kills: int, jobs: int, seed: int) -> None:
    words = ["run", "job.toml", "--jobs", str(jobs)]
    chance = random.Random(seed)
    for _ in range(kills):
        killed_at_random(desk, words, chance)
    said = desk.artgen(*words, code=1, seconds=3600)
    bad = [name for name, task in attempts(desk) if task == "train" and name not in good]
    assert f"{len(bad)} of {len(bad) + len(good)} runs failed" in said
    for name in bad:
        assert said.count(f"{name}: train failed: the losses were no numbers any more") == 2, "at once, and at the end"
    for name in good:
        assert attempts(desk)[name, "train"].state == "done"
        log = "".join(file.read_text() for file in (desk.folder / "runs" / name / "logs").glob("train*.log"))
        assert len(re.findall(r": trained at step", log)) == 1, "none is trained twice to its end"
        # Alone and in one process, as nobody disturbs it.
        assert artgen(["run", str(desk.job), "--only", name, "--out", str(desk.folder / "alone")]) == 0
        assert made(desk.folder / "runs" / name) == made(desk.folder / "alone" / name)
        assert numbers(desk.folder / "runs" / name) == numbers(desk.folder / "alone" / name)


def test_a_sweep_that_is_killed_ends_as_one_that_is_not_and_is_not_done_again(desk: Desk) -> None:
    good = sweep(desk, 3, 1)
    same_as_undisturbed(desk, good, kills=2, jobs=2, seed=5)
    before = attempts(desk)
    said = desk.artgen("run", "job.toml", "--jobs", "2", code=1)
    after = attempts(desk)
    assert {key for key in after if after[key] != before.get(key)} == {("tiny@s100", "train")}
    assert said.count("train failed") == 2
    assert all(f"{name}: done" in said for name in good)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_twelve_cells_of_which_two_fail_and_all_are_killed_three_times(desk: Desk, seed: int) -> None:
    good = sweep(desk, 12, 2)
    assert len(good) == 10
    same_as_undisturbed(desk, good, kills=3, jobs=2, seed=seed)


def test_a_worker_that_was_stopped_and_wakes_up_after_another_has_taken_over_does_no_harm(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTGEN_LEASE_S", "2")
    desk.edit("steps = 24", f"steps = {STEPS}")
    (job,) = read_job(desk.job)
    with begun_run(job, RunOptions(), fingerprints={}, threads=1, warn=print) as run:
        pass
    lock = str(run.folder / "job.lock.toml")
    with started(desk, "task", lock, "train") as zombie:
        desk.wait_for(zombie, [run.checkpoints / "00000012", run.checkpoints / "00000016"])
        zombie.send_signal(signal.SIGSTOP)
        with started(desk, "task", lock, "train") as heir:
            until(lambda: attempts(desk)["tiny", "train"].number == 2, heir)
            desk.wait_for(heir, [run.checkpoints / "00000032", run.checkpoints / "00000036"])
            zombie.send_signal(signal.SIGCONT)
            _, told = zombie.communicate(timeout=240)
            assert zombie.returncode == 1
            assert f"train was taken over by process {heir.pid}" in told
            out, err = heir.communicate(timeout=240)
            assert heir.returncode == 0, err
            assert "going on from step" in out
    assert artgen(["run", str(desk.job), "--out", str(desk.folder / "alone")]) == 0
    assert artgen(["run", str(desk.job)]) == 0  # nothing but the outputs
    assert made(desk.run) == made(desk.folder / "alone" / "tiny")
    assert numbers(desk.run) == numbers(desk.folder / "alone" / "tiny")


def test_a_run_that_is_asked_to_stop_takes_along_no_run_of_another_launcher(desk: Desk) -> None:
    text = desk.job.read_text(encoding="utf-8")
    (desk.folder / "a.toml").write_text(text.replace("steps = 24", "steps = 100000"), encoding="utf-8")
    other = text.replace('name = "tiny"', 'name = "second"')
    (desk.folder / "b.toml").write_text(f'{other}\n[launcher]\ntype = "local"\nper_gpu = 2\n', encoding="utf-8")
    with started(desk, "run", "a.toml", "b.toml") as process:
        desk.wait_for(process, [desk.run / "checkpoints" / "00000008"])
        assert artgen(["stop", str(desk.run)]) == 0
        out, err = process.communicate(timeout=240)
    assert process.returncode == 130, out + err
    assert "tiny: interrupted" in err
    assert "second: done" in out


def test_who_is_at_a_run_is_told_and_it_can_be_asked_to_stop(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["run", "job.toml", "--jobs", "2", "--set", "train.steps=100000"]
    with started(desk, *words) as process:
        desk.wait_for(process, [desk.run / "checkpoints" / "00000008"])
        assert artgen(["status", str(desk.run), "--json"]) == 0
        train, images = json.loads(capsys.readouterr().out)
        assert (train["task"], train["state"], images["state"]) == ("train", "running", "waiting")
        assert 0 <= train["progress"] < 0.1
        worker = attempts(desk)["tiny", "train"].process
        assert train["worker"].startswith(f"{worker} on ")
        assert worker != process.pid
        assert artgen(["status", str(desk.run.parent)]) == 0
        assert "1 running, 1 waiting" in capsys.readouterr().out
        # Nobody else writes into it meanwhile.
        assert artgen(["render", str(desk.run)]) == 1
        assert artgen(["clean", str(desk.run)]) == 1
        assert artgen(["run", str(desk.job), "--set", "train.steps=100000"]) == 1
        assert capsys.readouterr().err.count(f"this run is being written by process {process.pid} on ") == 3
        assert artgen(["stop", str(desk.run.parent)]) == 0
        assert re.findall(r"process (\d+) on", capsys.readouterr().out) == [str(worker)]
        out, err = process.communicate(timeout=240)
    assert process.returncode == 130, out + err
    assert "the same command goes on" in err
    assert "Traceback" not in err
    stopped = attempts(desk)["tiny", "train"]
    assert stopped.state == "stopped"
    capsys.readouterr()
    assert artgen(["status", str(desk.run), "--watch"]) == 0
    assert "2 stopped" in capsys.readouterr().out
    assert artgen(["stop", str(desk.run)]) == 1
    assert "nothing runs here" in capsys.readouterr().err
    assert artgen(["task", str(desk.run / "job.lock.toml"), "train"]) == 130, "what waits in a queue does not begin"
    step = max(int(path.name) for path in desk.run.glob("checkpoints/0*"))
    assert artgen(["run", str(desk.job), "--set", f"train.steps={step + 1}"]) == 0
    assert f"going on from step {step}" in capsys.readouterr().out


def test_ctrl_c_has_all_workers_save_and_end(desk: Desk) -> None:
    sweep(desk, 2, 0, steps=100000)
    with started(desk, "run", "job.toml", "--jobs", "2") as process:
        until(lambda: all(list(desk.run.with_name(f"tiny@s{n}").glob("checkpoints/0*")) for n in (0, 1)), process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=240)
    assert process.returncode == 130, out + err
    assert "Traceback" not in err
    assert {one.state for (_, task), one in attempts(desk).items() if task == "train"} == {"stopped"}
    assert len(re.findall(r"stopped at step", out)) == 2
    assert err.count("stopping: ") == 1, "it is said once, and not by every worker"


def test_a_worker_that_is_killed_is_told_of_with_its_last_words_and_the_other_run_goes_on(desk: Desk) -> None:
    sweep(desk, 2, 0, steps=300)
    with started(desk, "run", "job.toml", "--jobs", "2") as process:
        until(lambda: list(desk.run.with_name("tiny@s0").glob("checkpoints/0*")), process)
        os.kill(attempts(desk)["tiny@s0", "train"].process, signal.SIGKILL)
        out, err = process.communicate(timeout=400)
    assert process.returncode == 1
    assert (
        "tiny@s0: train failed: its worker was killed by signal 9 (SIGKILL), often because the memory was full" in err
    )
    assert "8 pictures" in err.partition("the last lines of")[2]
    assert "tiny@s1: done" in out
    assert attempts(desk)["tiny@s0", "train"].state == "failed"


@pytest.mark.parametrize("words", [(), ("--jobs", "2")], ids=["in this process", "by workers"])
def test_a_run_folder_that_is_moved_away_is_told_and_goes_on_once_it_is_back(
    desk: Desk, words: tuple[str, ...]
) -> None:
    elsewhere = desk.folder / "elsewhere"
    with started(desk, "run", "job.toml", "--set", "train.steps=100000", *words) as process:
        until(lambda: list(desk.run.glob("checkpoints/0*")), process)
        desk.run.rename(elsewhere)
        out, err = process.communicate(timeout=240)
    assert process.returncode == 1, out + err
    assert f"{desk.run}: this run folder is not there any more: it was moved or deleted" in err
    assert "taken over" not in out + err
    assert not desk.run.exists(), "nothing is in the way of moving it back"
    elsewhere.rename(desk.run)
    assert "going on from step" in desk.artgen(
        "run", "job.toml", "--set", "train.steps=100000", "--until", "1s", code=130
    )


def test_a_picture_that_is_gone_is_made_again_and_nothing_else_is_done(desk: Desk) -> None:
    assert artgen(["run", str(desk.job)]) == 0
    before = attempts(desk)
    assert artgen(["run", str(desk.job)]) == 0
    assert attempts(desk) == before, "nothing was begun"
    picture = desk.run / "artifacts" / "images" / "seed-000003.png"
    painted = picture.read_bytes()
    picture.unlink()
    assert artgen(["run", str(desk.job)]) == 0
    assert picture.read_bytes() == painted
    assert {key for key, one in attempts(desk).items() if one != before[key]} == {("tiny", "output:images")}
    shutil.copy(desk.folder / "pictures" / "fox.webp", desk.folder / "pictures" / "another.webp")
    assert artgen(["run", str(desk.job)]) == 2, "other pictures are seen"


@pytest.mark.parametrize("task", ["train:soon", "train:", "paint", "output:images:", "output:images:5of2", "output:x"])
def test_what_is_no_task_of_a_run_is_told_and_leaves_nothing(
    task: str, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert artgen(["run", str(desk.job), "--prepare"]) == 0
    assert artgen(["task", str(desk.run / "job.lock.toml"), task]) == 2
    assert f"'{task}' is no task of this run" in capsys.readouterr().err
    assert [path.name for path in (desk.run / "tasks").iterdir()] == ["plan.json"]
    assert artgen(["task", str(desk.job), "train"]) == 2, "a job is no lock"
    assert not (desk.folder / "tasks").exists()


def test_a_file_that_is_gone_from_a_folder_in_an_output_is_noticed(desk: Desk) -> None:
    (job,) = read_job(desk.job)
    deep = desk.run / "artifacts" / "images" / "wing" / "left"
    deep.mkdir(parents=True)
    (deep / "seed-000003.png").touch()
    os.utime(deep, (1, 1))
    made_before = made_by(job, desk.run, "output:images")
    assert made_by(job, desk.run, "output:images") == made_before
    (deep / "seed-000003.png").unlink()
    assert made_by(job, desk.run, "output:images") != made_before


@pytest.mark.parametrize("word", ["--prepare", "--draft"])
def test_of_processes_of_torchrun_only_the_first_prepares_and_drafts(
    word: str, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = {"RANK": "1", "WORLD_SIZE": "2", "LOCAL_RANK": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "1"}
    for name, value in place.items():
        monkeypatch.setenv(name, value)
    assert artgen(["run", str(desk.job), word]) == 0
    assert not desk.run.parent.exists()


def test_who_is_refused_as_others_are_at_it_writes_no_page_and_brings_no_news(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    sweep(desk, 2, 0)
    first, _ = read_job(desk.job)
    with begun_run(first, RunOptions(), fingerprints={}, threads=1, warn=print):
        assert artgen(["run", str(desk.job), "--jobs", "2"]) == 1
        told = capsys.readouterr()
        assert "this run is being written by" in told.err
        assert told.out == ""
        assert [path.name for path in desk.run.parent.iterdir()] == ["tiny@s0"]


def test_who_watches_goes_on_looking_between_two_tasks(
    desk: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("artgen.cli.status.WATCH_EVERY_S", 0.02)
    (job,) = read_job(desk.job)
    with contextlib.ExitStack() as open_:
        run = open_.enter_context(begun_run(job, RunOptions(), fingerprints={}, threads=1, warn=print))
        write_plan(run.folder, job.tasks)

        def work() -> None:
            time.sleep(0.2)
            with held_task(run.folder, "train"):
                time.sleep(0.5)
            open_.close()

        worker = threading.Thread(target=work)
        worker.start()
        assert artgen(["status", str(run.folder), "--watch", "--json"]) == 0
        worker.join()
    seen = [json.loads(line)[0]["state"] for line in capsys.readouterr().out.splitlines()]
    assert list(dict.fromkeys(seen)) == ["waiting", "running", "done"]


def test_who_has_a_run_to_itself_is_not_asked_to_stop_by_a_file(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert artgen(["run", str(desk.job), "--prepare"]) == 0
    with held_run(desk.run, "command"):
        assert artgen(["stop", str(desk.run)]) == 1
    assert "end by Ctrl-C" in capsys.readouterr().err
    assert not asked_to_stop(desk.run)


class FullFor:
    """A launcher of this machine whose disk is full for one run."""

    def __init__(self, run: str) -> None:
        self._run = run
        self._local = Local(LocalConfig(), Batch(2, 2, print, print))
        self.threads, self.slots = self._local.threads, self._local.slots

    def start(self, command: TaskCommand) -> Running | None:
        if command.run == self._run:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(command.log))
        return self._local.start(command)

    def close(self) -> None:
        pass


def test_a_worker_that_cannot_be_started_fails_its_own_run_alone(desk: Desk) -> None:
    sweep(desk, 2, 0, steps=4)
    scheduler = Scheduler(
        read_job(desk.job), FullFor("tiny@s0"), RunOptions(jobs=2), open_progress("quiet"), plugin_manager()
    )
    scheduler.run()
    assert list(scheduler.failures) == ["tiny@s0"]
    assert os.strerror(errno.ENOSPC) in scheduler.failures["tiny@s0"]
    assert attempts(desk)["tiny@s1", "output:images"].state == "done"


def test_a_worker_that_is_left_over_keeps_its_job_from_being_changed_under_it(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    (job,) = read_job(desk.job)
    with begun_run(job, RunOptions(), fingerprints={}, threads=1, warn=print) as run:
        pass
    lock = (run.folder / "job.lock.toml").read_bytes()
    desk.edit("latent = 8", "latent = 9")
    with held_task(run.folder, "train"):
        assert artgen(["run", str(desk.job)]) == 2
        assert "generator.latent: was 8, is 9" in capsys.readouterr().err
        assert (run.folder / "job.lock.toml").read_bytes() == lock
    with begun_run(read_job(desk.job)[0], RunOptions(), fingerprints={}, threads=1, warn=print):
        assert (run.folder / "job.lock.toml").read_bytes() != lock, "nothing was learned yet"


def test_two_jobs_of_one_name_in_two_places_are_told_apart(desk: Desk) -> None:
    for name in ("one", "two"):
        (desk.folder / name).mkdir()
        text = desk.job.read_text(encoding="utf-8").replace('"pictures"', '"../pictures"')
        (desk.folder / name / "job.toml").write_text(text.replace("batch = 4", "batch = 99") if name == "one" else text)
    said = desk.artgen("run", "one", "two", code=1)
    places = [str(Path(name, "runs", "tiny")) for name in ("one", "two")]
    assert f"tiny ({places[1]}): done" in said
    assert f"1 of 2 runs failed:\ntiny ({places[0]}): " in said


def test_what_a_job_ends_with_does_not_depend_on_how_many_tasks_run_at_a_time(desk: Desk) -> None:
    desk.edit("batch = 4", "batch = 99")
    for words in ((), ("--jobs", "2")):
        assert "a batch takes 99" in desk.artgen("run", "job.toml", *words, code=3)


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_job_file_that_is_gone_by_its_turn_and_a_folder_in_a_circle_end_no_batch(desk: Desk) -> None:
    (desk.folder / "pictures" / "all").symlink_to(desk.folder / "pictures", target_is_directory=True)
    for name in ("a", "b"):
        (desk.folder / f"{name}.toml").write_text(desk.job.read_text().replace('"tiny"', f'"{name}"'))
    desk.job.unlink()
    first, last = (desk.folder / "runs" / name / "job.lock.toml" for name in ("a", "b"))
    process = desk.start("run", ".", "--jobs", "1")
    desk.wait_for(process, [first])
    assert not last.exists()
    (desk.folder / "b.toml").unlink()
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said
    assert last.exists()
    assert len(list((desk.folder / "runs" / "b" / "artifacts" / "images").glob("*.png"))) == 9
