"""A batch that nobody watches: it ends in time, keeps the disk from getting full, brings the news and asks nothing."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from artgen import hookimpl
from artgen.cli.group import run as artgen
from artgen.errors import ArtgenError, BatchFailed, DiskError, InterruptedRun, JobError
from artgen.job import Job, read_job
from artgen.launch.options import RunOptions
from artgen.launch.room import guessed_bytes
from artgen.launch.rungs import run_sweeps
from artgen.launch.until import time_of
from artgen.plugins import PluginManager
from artgen.runs.room import FLOOR_BYTES, LOOK_EVERY_S
from tests.run.again import Told
from tests.tiny_job import TINY_JOB

Capture = pytest.CaptureFixture[str]
NOON = datetime(2026, 3, 4, 12, 0).astimezone()


def leave_job(folder: Path, pictures: Path, more: str = "") -> Path:
    text = TINY_JOB.format(pictures=pictures.as_posix()) + more
    (folder / "job.toml").write_text(text, encoding="utf-8")
    return folder / "job.toml"


def steps_of(run: Path) -> int:
    return max((int(path.name) for path in run.glob("checkpoints/0*")), default=0)


def weights(run: Path) -> dict[str, bytes]:
    last = max(run.glob("checkpoints/0*"))
    return {path.name: path.read_bytes() for path in sorted(last.glob("*.safetensors"))}


# Until


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("13:30", timedelta(hours=1.5)),
        ("07:00", timedelta(hours=19)),
        ("8h", timedelta(hours=8)),
        ("1h30m", timedelta(hours=1.5)),
        ("0.5d", timedelta(hours=12)),
        ("2026-03-05 06:00", timedelta(hours=18)),
        ("2026-03-04T12:30", timedelta(minutes=30)),
    ],
)
def test_until_is_a_time_of_day_a_date_or_a_duration_and_asks_a_minute_before(text: str, after: timedelta) -> None:
    assert time_of(text, NOON) == pytest.approx((NOON + after).timestamp() - 60, abs=1e-3)


def test_of_a_short_time_only_a_twentieth_is_for_saving() -> None:
    assert time_of("100s", NOON) == pytest.approx(NOON.timestamp() + 95)


@pytest.mark.parametrize("text", ["noon", "99999999999d", "25:00", "7", "-3h", "2026-03-04 11:00", "0s", ""])
def test_what_is_no_time_to_come_is_told(text: str, pictures: Path, tmp_path: Path, capsys: Capture) -> None:
    with pytest.raises(JobError, match=r"^--until: "):
        time_of(text, NOON)
    if text == "noon":
        assert artgen(["run", str(leave_job(tmp_path, pictures)), "--until", text]) == 2
        assert "07:00" in capsys.readouterr().err


class Clock:
    """Shows a time that is to come only when it was looked at so often."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def time(self) -> float:
        self.looks -= 1
        return 0.0 if self.looks > 0 else 100.0


def until_looked_at(looks: int, jobs: Sequence[Job], patch: pytest.MonkeyPatch) -> Told:
    """Run jobs until a training has asked so often whether it is time to end."""
    told = Told()
    with patch.context() as patched:
        patched.setattr("artgen.runs.tasks.stop.time", Clock(looks))
        with pytest.raises(InterruptedRun, match="the same command goes on"):
            run_sweeps(jobs, RunOptions(until=50.0), told, PluginManager(discover=False))
    assert any("the time is over" in line for line in told.lines)
    return told


def test_when_the_time_is_over_a_checkpoint_is_written_and_the_same_command_goes_on_to_the_same_bytes(
    tmp_path: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = leave_job(tmp_path, pictures)
    run = tmp_path / "runs" / "tiny"
    jobs = read_job(job, sets=["train.checkpoint_steps=1000"])
    until_looked_at(1, jobs, monkeypatch)
    assert steps_of(run) == 0
    until_looked_at(12, jobs, monkeypatch)
    assert 0 < steps_of(run) < 24
    assert not (run / "artifacts" / "images").exists()
    run_sweeps(jobs, RunOptions(), Told(), PluginManager(discover=False))
    run_sweeps(jobs, RunOptions(out=tmp_path / "whole"), Told(), PluginManager(discover=False))
    assert weights(run) == weights(tmp_path / "whole" / "tiny")


def test_a_budget_in_minutes_and_a_time_go_together(
    tmp_path: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = read_job(leave_job(tmp_path, pictures), sets=["train.minutes=0.05", "train.checkpoint_steps=100000"])
    run = tmp_path / "runs" / "tiny"
    until_looked_at(4, jobs, monkeypatch)
    first = steps_of(run)
    assert first > 0
    run_sweeps(jobs, RunOptions(), Told(), PluginManager(discover=False))  # the rest of the time, and then the outputs
    assert steps_of(run) > first
    assert (run / "artifacts" / "images").is_dir()


def test_the_exit_code_and_the_last_words_say_that_the_same_command_goes_on(
    tmp_path: Path, pictures: Path, capsys: Capture
) -> None:
    assert artgen(["run", str(leave_job(tmp_path, pictures)), "--until", "0.001s"]) == 130
    assert capsys.readouterr().err.rstrip().endswith("the same command goes on")


# Room on the disk


class Disk:
    """A disk with as much free as a test says; what is really free does not count."""

    def __init__(self, *free: int) -> None:
        self.free = list(free)

    def __call__(self, _place: Path) -> Any:
        return SimpleNamespace(free=self.free.pop(0) if len(self.free) > 1 else self.free[0])


def test_a_disk_that_is_full_before_the_start_is_told_with_the_numbers_and_nothing_is_written(
    tmp_path: Path, pictures: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = leave_job(tmp_path, pictures)
    monkeypatch.setattr(shutil, "disk_usage", Disk(FLOOR_BYTES // 2))
    assert artgen(["run", str(job)]) == 1
    said = capsys.readouterr().err
    assert "only 100 MB are free on this disk, less than the 200 MB that stay free" in said
    assert "artgen clean" in said
    assert not (tmp_path / "runs").exists()


def test_networks_whose_checkpoints_do_not_fit_are_told_before_the_first_step(
    tmp_path: Path, pictures: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = leave_job(tmp_path, pictures)
    monkeypatch.setattr(shutil, "disk_usage", Disk(FLOOR_BYTES + 100_000))
    wide = ["--set", "generator.width=16", "--set", "discriminator.width=16"]
    assert artgen(["run", str(job), *wide]) == 1
    said = capsys.readouterr().err
    assert "200 MB are free on this disk, and tiny: checkpoints take at least" in said
    assert steps_of(tmp_path / "runs" / "tiny") == 0


def test_what_may_not_fit_in_the_end_is_a_warning(
    tmp_path: Path, pictures: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = '[[outputs]]\ntype = "interpolation"\nseconds = 3600\n[matrix]\n"train.batch" = [2, 4]\n'
    job = leave_job(tmp_path, pictures, film)
    monkeypatch.setattr(shutil, "disk_usage", Disk(FLOOR_BYTES + 1_000_000))
    assert artgen(["run", str(job), "--until", "0.01s", "--jobs", "1"]) in (1, 130)
    assert "201 MB are free where runs is, and these 2 runs may take 8" in capsys.readouterr().err


def test_a_disk_that_gets_full_ends_the_training_with_a_checkpoint_and_the_same_command_goes_on(
    tmp_path: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = read_job(leave_job(tmp_path, pictures), sets=["train.steps=100000", "train.checkpoint_steps=100000"])
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", Disk(*[10**12] * 5, 10**6))
        patched.setattr("artgen.runs.room.LOOK_EVERY_S", LOOK_EVERY_S / 20)
        with pytest.raises(DiskError) as caught:
            run_sweeps(jobs, RunOptions(), Told(), PluginManager(discover=False))
    assert "only 1 MB are free" in str(caught.value)
    assert "it goes on where it was" in str(caught.value)
    assert "with --out, it begins anew, unless its run folder is moved there first" in str(caught.value)
    run = tmp_path / "runs" / "tiny"
    step = steps_of(run)
    assert 0 < step < 100000
    assert not [path for path in run.rglob("*") if ".part" in path.name]
    again = read_job(tmp_path / "job.toml", sets=[f"train.steps={step + 2}"])
    run_sweeps(again, RunOptions(), Told(), PluginManager(discover=False))
    assert steps_of(run) == step + 2


def test_a_disk_that_gets_full_ends_an_output_between_two_pictures(
    tmp_path: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = leave_job(tmp_path, pictures)
    run_sweeps(read_job(path), RunOptions(), Told(), PluginManager(discover=False))
    text = path.read_text(encoding="utf-8").replace('seeds = "0-8"', 'seeds = "100-400"')
    path.write_text(text, encoding="utf-8")
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", Disk(10**12, 10**12, 10**6))
        with pytest.raises(ArtgenError, match=r"images failed|only 1 MB are free"):
            run_sweeps(read_job(path), RunOptions(), Told(), PluginManager(discover=False))
    folder = tmp_path / "runs" / "tiny" / "artifacts" / "images"
    assert not [file for file in folder.rglob("*") if ".part" in file.name]
    run_sweeps(read_job(path), RunOptions(), Told(), PluginManager(discover=False))
    assert len(list(folder.glob("seed-*.png"))) >= 301


def test_what_a_run_takes_is_guessed_from_its_canvases_pictures_and_films(tmp_path: Path, pictures: Path) -> None:
    def guess(more: str) -> int:
        (job,) = read_job(leave_job(tmp_path, pictures, more))
        return guessed_bytes(job, tmp_path / "runs" / "tiny")

    nine = guess("")
    assert 9 * 16 * 16 < nine < 9 * 16 * 16 * 4
    film = guess('[[outputs]]\ntype = "interpolation"\nseconds = 100\n')
    assert 3000 * 16 * 16 * 0.05 < film - nine < 3000 * 16 * 16


# The news


class News:
    """A plugin that hears how a batch ended."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []

    @hookimpl
    def batch_finished(
        self, finished: Sequence[str], failed: Mapping[str, str], dropped: Sequence[str], waiting: Sequence[str]
    ) -> None:
        self.heard.append({"finished": finished, "failed": failed, "dropped": dropped, "waiting": waiting})


def with_news() -> tuple[PluginManager, News]:
    news, manager = News(), PluginManager(discover=False)
    manager.load("artgen-news", "1.0", lambda: news)
    return manager, news


class Nowhere:
    """A launcher that comes to a sudden end."""

    end: type[BaseException]

    def __init__(self, _config: Any, _batch: Any) -> None:
        raise self.end


class NewsFromNowhere(News):
    @hookimpl
    def register_launchers(self, register: Any) -> None:
        register("nowhere", f"{__name__}:Nowhere")


def two(tmp_path: Path, pictures: Path) -> list[Job]:
    matrix = '[matrix]\n"train.generator.rate" = [0.0002, 1e30]\n'
    return read_job(leave_job(tmp_path, pictures, matrix), sets=["train.steps=4"])


@pytest.mark.parametrize(
    ("end", "heard"),
    [
        (KeyboardInterrupt, []),  # for the second time
        (ZeroDivisionError, [{"finished": [], "failed": {}, "dropped": [], "waiting": ["tiny@0.0002", "tiny@1e+30"]}]),
    ],
)
def test_plugins_hear_of_no_run_that_it_finished_where_all_came_to_a_sudden_end(
    end: type[BaseException], heard: list[Any], tmp_path: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Nowhere, "end", end, raising=False)
    news, manager = NewsFromNowhere(), PluginManager(discover=False)
    manager.load("artgen-nowhere", "1.0", lambda: news)
    two(tmp_path, pictures)
    jobs = read_job(tmp_path / "job.toml", sets=['launcher={type="nowhere"}'], manager=manager)
    with pytest.raises(end):
        run_sweeps(jobs, RunOptions(), Told(), manager)
    assert news.heard == heard


@pytest.mark.slow
def test_plugins_hear_once_what_finished_and_what_failed_and_why(tmp_path: Path, pictures: Path) -> None:
    manager, news = with_news()
    with pytest.raises(BatchFailed):
        run_sweeps(two(tmp_path, pictures), RunOptions(), Told(), manager)
    (heard,) = news.heard
    assert (heard["finished"], heard["dropped"], heard["waiting"]) == (["tiny@0.0002"], [], [])
    assert list(heard["failed"]) == ["tiny@1e+30"]
    assert "the losses were no numbers any more" in heard["failed"]["tiny@1e+30"]


def test_plugins_hear_why_a_run_failed(tmp_path: Path, pictures: Path) -> None:
    manager, news = with_news()
    jobs = read_job(leave_job(tmp_path, pictures), sets=["train.generator.rate=1e30"])
    with pytest.raises(ArtgenError):
        run_sweeps(jobs, RunOptions(), Told(), manager)
    (heard,) = news.heard
    assert list(heard["failed"]) == ["tiny"]
    assert "the losses were no numbers any more" in heard["failed"]["tiny"]
    assert (heard["finished"], heard["dropped"], heard["waiting"]) == ([], [], [])


def test_plugins_hear_what_waits_for_the_same_command(tmp_path: Path, pictures: Path) -> None:
    manager, news = with_news()
    with pytest.raises(InterruptedRun):
        run_sweeps(two(tmp_path, pictures), RunOptions(until=time.time()), Told(), manager)
    assert news.heard == [{"finished": [], "failed": {}, "dropped": [], "waiting": ["tiny@0.0002", "tiny@1e+30"]}]


# No questions


class NobodyThere:
    """A standard input from which no answer ever comes."""

    def isatty(self) -> bool:
        return False

    def readline(self, *_: Any) -> str:
        raise AssertionError("a command asks a question")

    read = __next__ = readline


def test_without_a_terminal_no_command_waits_for_an_answer(
    tmp_path: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", NobodyThere())
    job = leave_job(tmp_path, pictures)
    runs = tmp_path / "runs"
    two_steps = ["run", str(job), "--set", "train.steps=2"]
    again = ["render", str(runs / "tiny"), "--seeds", "0-1", "--name", "more"]
    for words in (
        two_steps,
        [*two_steps, "--fresh"],
        again,
        ["gallery", str(runs)],
        ["clean", str(runs), "--finished"],
    ):
        assert artgen(words) == 0
