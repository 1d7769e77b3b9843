"""``artgen plan --commands``: lines of shell that do what ``artgen run`` does, to the same bytes."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from artgen.cli.group import run as artgen
from artgen.runs.tasks.attempts import plan_of
from tests.tiny_job import TINY_JOB

FILM = '\n[[outputs]]\ntype = "interpolation"\nseconds = 9\nseeds = "0-1"\nscale = 1\npace = "even"\n'
GALLERY = '\n[[outputs]]\ntype = "gallery"\ncount = 4\n'
SWEEP = '\n[matrix]\n"train.batch" = [2, 4]\n'
THREE = '\n[launcher]\ntype = "local"\nshards = 3\n'


@pytest.fixture
def desk(tmp_path: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a job, in which commands are given."""
    folder = tmp_path / "it's here"
    folder.mkdir()
    text = TINY_JOB.format(pictures=pictures).replace("steps = 24", "steps = 3")
    (folder / "job.toml").write_text(text + FILM + GALLERY + THREE)
    monkeypatch.chdir(folder)
    return folder


def lines_of(told: str) -> list[list[str]]:
    """The commands of every stage."""
    stages = told.split("# Stage ")[1:]
    return [[line for line in stage.splitlines()[1:] if line] for stage in stages]


def artifacts(run: Path) -> dict[str, bytes]:
    found = [path for path in (run / "artifacts").rglob("*") if path.suffix in {".png", ".mp4", ".webp"}]
    return {path.relative_to(run).as_posix(): path.read_bytes() for path in found}


def test_the_lines_do_what_a_run_does(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert artgen(["plan", "job.toml", "--commands", "--out", "by lines", "--jobs", "4"]) == 0
    stages = lines_of(capsys.readouterr().out)
    assert [len(stage) for stage in stages] == [2, 1, 6, 2, 1]
    assert not (desk / "by lines").exists()
    run = desk / "by lines" / "tiny"
    for number, stage in enumerate(stages):
        for line in reversed(stage[1:] if number == 0 else stage):  # in any order
            command, *words = shlex.split(line)
            assert command == "artgen"
            assert artgen(words) == 0, capsys.readouterr().err
            if "--prepare" in words:
                assert {path.name for path in run.iterdir()} >= {"job.toml", "job.lock.toml"}
                assert not (run / "checkpoints").exists()
                assert len(plan_of(run)) == 10
    assert artgen(["run", "job.toml", "--set", "launcher.shards=0"]) == 0, capsys.readouterr().err
    made = artifacts(run)
    assert len(made) > 10
    assert made == artifacts(desk / "runs" / "tiny")
    assert not list((run / "artifacts").rglob(".shards"))
    assert artgen(["run", "job.toml", "--out", "by lines"]) == 0  # and it goes on from there
    assert artifacts(run) == made


def test_of_a_sweep_every_stage_has_the_lines_of_all_runs(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    job = desk / "job.toml"
    job.write_text(job.read_text() + SWEEP)
    assert artgen(["plan", "job.toml", "--commands", "--only", "*@4", "--set", "job.seed=5"]) == 0
    (_, prepare), *one = lines_of(capsys.readouterr().out)
    assert shlex.split(prepare)[2:] == [str(job), "--set=job.seed=5", "--only=*@4", "--prepare"]
    assert [len(stage) for stage in one] == [1, 6, 2, 1]
    assert artgen(["plan", "job.toml", "--commands"]) == 0
    assert [len(stage) for stage in lines_of(capsys.readouterr().out)[1:]] == [2, 12, 4, 2]


def test_what_only_lines_have_is_refused_without_them(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk.is_dir()
    assert artgen(["plan", "job.toml", "--jobs", "4"]) == 2
    assert "--out and --jobs go with --commands" in capsys.readouterr().err


@pytest.mark.slow
def test_the_lines_run_through_a_shell(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert artgen(["plan", "job.toml", "--commands"]) == 0
    script = capsys.readouterr().out
    environment = {**os.environ, "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))}
    subprocess.run(["sh", "-eu"], input=script, text=True, env=environment, cwd="/", check=True)
    run = desk / "runs" / "tiny"
    assert (run / "index.html").is_file()
    told = subprocess.run(
        [sys.executable, "-m", "artgen", "status", str(run.parent), "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(told.stdout)
