"""Several jobs at once: folders of them, some of their runs by name, and the plan of a sweep as a table."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from artgen.cli.group import run as artgen
from tests.tiny_job import TINY_JOB

Capture = pytest.CaptureFixture[str]
SWEEP = """
[matrix]
"train.batch" = [4, 8]
"losses.adversarial.form" = ["hinge", "bce"]
rungs = [0.032, 0.064]
exclude = [{ "train.batch" = 8, "losses.adversarial.form" = "bce" }]
[[matrix.include]]
"train.batch" = 2
"train.steps" = 48
"""


@pytest.fixture
def folder(tmp_path: Path, pictures: Path) -> Path:
    """``jobs/`` with two jobs, one of them a sweep, and much that is none."""
    job = TINY_JOB.format(pictures=pictures.as_posix()).replace("during = 0", "during = 8")
    job = job.replace('[job]\nname = "tiny"\nseed = 3\n', "")
    jobs = tmp_path / "jobs"
    for place in ("b.toml", "a/job.toml", "_base.toml", ".hidden.toml", "runs/old/job.toml", "a/run/job.toml"):
        (jobs / place).parent.mkdir(parents=True, exist_ok=True)
        (jobs / place).write_text(job + (SWEEP if place == "b.toml" else ""), encoding="utf-8")
    (jobs / "a/run/job.lock.toml").write_text(job, encoding="utf-8")
    (jobs / "pyproject.toml").write_text("[tool.ruff]\n", encoding="utf-8")
    (jobs / "artgen.schema.json").write_text("{}", encoding="utf-8")
    return jobs


def test_a_folder_is_every_job_in_it_by_name_but_no_lock_run_base_or_other_toml(folder: Path, capsys: Capture) -> None:
    assert artgen(["check", str(folder)]) == 0
    assert capsys.readouterr().out.splitlines() == [f"{folder}/b.toml: fine (4 runs)", f"{folder}/a/job.toml: fine"]
    assert artgen(["check", str(folder / "a" / "job.toml"), str(folder)]) == 0
    assert capsys.readouterr().out.count("a/job.toml") == 1
    (folder / "c.toml").write_text("[data", encoding="utf-8")
    assert artgen(["check", str(folder)]) == 2
    assert "c.toml:1" in capsys.readouterr().err
    (folder / "none").mkdir()
    assert artgen(["check", str(folder / "none")]) == 2
    assert "there is no job in this folder" in capsys.readouterr().err


def test_only_names_some_runs_by_shell_patterns(folder: Path, capsys: Capture) -> None:
    assert artgen(["plan", str(folder), "--only", "b@*-hinge", "--only", "a", "--json"]) == 0
    assert [run["name"] for run in json.loads(capsys.readouterr().out)] == ["b@4-hinge", "b@8-hinge", "a"]


def test_only_takes_a_name_as_it_is_and_what_is_not_asked_for_is_not_looked_at(folder: Path, capsys: Capture) -> None:
    text = (folder / "b.toml").read_text(encoding="utf-8")
    (folder / "b.toml").write_text('[job]\nname = "b [2]"\n' + text.replace("[4, 8]", "[4, 8, 999]"), encoding="utf-8")
    assert artgen(["check", str(folder / "b.toml")]) == 2
    assert "a batch takes 999" in capsys.readouterr().err
    assert artgen(["check", str(folder / "b.toml"), "--only", "b [2]@4-bce"]) == 0


def test_a_run_folder_is_no_folder_of_jobs_and_its_lock_is_named(folder: Path, capsys: Capture) -> None:
    assert artgen(["run", str(folder / "a" / "run")]) == 2
    assert "It is a run: its job is" in capsys.readouterr().err


def test_a_pattern_that_matches_nothing_is_answered_with_the_nearest_names(folder: Path, capsys: Capture) -> None:
    for command in ("plan", "check", "run"):
        assert artgen([command, str(folder), "--only", "b@8-bce", "--only", "a"]) == 2
        said = capsys.readouterr().err
        assert said.startswith("--only: no run is called 'b@8-bce'. There are: b@4-bce, b@8-hinge")
    assert not (folder / "runs" / "b@4-bce").exists()


def test_the_plan_of_a_sweep_is_a_table_with_a_column_for_each_axis(folder: Path, capsys: Capture) -> None:
    assert artgen(["plan", str(folder / "b.toml")]) == 0
    head, table, *rest = capsys.readouterr().out.split("\n\n")
    assert head.splitlines()[0] == "b: 4 runs"
    assert "rungs     0.032, 0.064 kimg" in head
    assert "120 steps at most" in head
    rows = [line.split() for line in table.splitlines()]
    assert rows == [
        ["run", "train.batch", "losses.adversarial.form", "train.steps", "budget", "steps"],
        ["b@4-hinge", "4", "hinge", "24", "0.096", "kimg", "24"],
        ["b@4-bce", "4", "bce", "24", "0.096", "kimg", "24"],
        ["b@8-hinge", "8", "hinge", "24", "0.192", "kimg", "24"],
        ["b@2-48", "2", "hinge", "48", "0.096", "kimg", "48"],
    ]
    assert rest[0].startswith("the same in every run\n")
    assert "train.batch" not in "".join(rest)


def test_the_plan_as_json_tells_the_axes_of_every_run(folder: Path, capsys: Capture) -> None:
    assert artgen(["plan", str(folder / "b.toml"), "--json"]) == 0
    runs = json.loads(capsys.readouterr().out)
    axes = [run["axes"] for run in runs]
    assert axes[3] == {"train.batch": 2, "losses.adversarial.form": "hinge", "train.steps": 48}
    assert [run["steps"] for run in runs] == [24, 24, 24, 48]


@pytest.mark.parametrize("command", [["run"], ["run", "--prepare"], ["plan"], ["plan", "--commands"], ["check"]])
def test_two_jobs_of_one_name_in_one_place_are_refused_before_anything_is_written(
    command: list[str], folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    for name in ("one.toml", "two.toml"):
        text = (folder / "a" / "job.toml").read_text(encoding="utf-8")
        (folder / "a" / name).write_text(f'[job]\nname = "same"\n{text}', encoding="utf-8")
    assert artgen([*command, "jobs/a/one.toml", "jobs/a/two.toml"]) == 2
    said = capsys.readouterr()
    assert said.err == (
        "jobs/a/two.toml: two jobs are named 'same' in one place; the other is jobs/a/one.toml\n"
    ).replace("/", os.sep)
    assert "two.toml" not in said.out
    assert not (folder / "a" / "runs").exists()


def test_only_one_of_two_jobs_of_one_name_is_fine(folder: Path, capsys: Capture) -> None:
    shutil.copy(folder / "b.toml", folder / "c.toml")
    assert artgen(["check", str(folder), "--set", "job.name=same", "--only", "same@8-hinge"]) == 2
    assert "c.toml: two jobs are named 'same@8-hinge' in one place" in capsys.readouterr().err
    assert artgen(["check", str(folder), "--set", "job.name=same", "--only", "same"]) == 0


def test_problems_of_several_jobs_say_which_file_they_are_in(
    folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    for place in ("a/job.toml", "b.toml"):
        text = (folder / place).read_text(encoding="utf-8")
        (folder / place).write_text(f"[job]\nsed = 3\n{text}", encoding="utf-8")
    assert artgen(["check", "."]) == 2
    told = [line for line in capsys.readouterr().err.splitlines() if "unknown key" in line]
    assert [line.split(" ")[0] for line in told] == [f"a{os.sep}job.toml:2:", "b.toml:2:"]
    monkeypatch.chdir(folder / "a")
    assert artgen(["check", "job.toml", str(folder / "b.toml")]) == 2
    told = [line for line in capsys.readouterr().err.splitlines() if "unknown key" in line]
    assert [line.split(" ")[0] for line in told] == ["job.toml:2:", f"{folder / 'b.toml'}:2:"]
