"""``artgen status`` tells why something failed, and not only that it did."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from artgen.cli.group import run as artgen
from artgen.runs.tasks.attempts import file_of, place_of
from artgen.runs.tasks.holding import record_end
from tests.tiny_job import TINY_JOB

Capture = pytest.CaptureFixture[str]


def test_all_lines_of_a_cause_are_told_up_to_a_few(tmp_path: Path, pictures: Path, capsys: Capture) -> None:
    job = tmp_path / "tiny.toml"
    job.write_text(TINY_JOB.format(pictures=pictures.as_posix()), encoding="utf-8")
    assert artgen(["run", str(job), "--prepare"]) == 0
    causes = "\n".join(f"cat-{number}.jpg: there is too little memory\n  Make size smaller." for number in range(6))
    record_end(tmp_path / "runs" / "tiny", "train", "failed", f"tiny: 6 canvases could not be painted:\n{causes}")
    capsys.readouterr()
    assert artgen(["status", str(tmp_path / "runs")]) == 0
    lines = capsys.readouterr().out.splitlines()
    begin = lines.index("tiny train: 6 canvases could not be painted:")
    assert lines[begin + 1 : begin + 3] == ["  cat-0.jpg: there is too little memory", "  Make size smaller."]
    assert lines[begin + 9 : begin + 11] == ["  … and 4 more lines", "1 failed, 1 blocked"]


def test_on_a_narrow_terminal_the_name_of_a_run_is_still_there(
    tmp_path: Path, pictures: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = tmp_path / "tiny.toml"
    job.write_text(TINY_JOB.format(pictures=pictures.as_posix()), encoding="utf-8")
    assert artgen(["run", str(job), "--prepare", "--set", "job.name='moths-by-night'"]) == 0
    place = place_of(tmp_path / "runs" / "moths-by-night", "train")
    place.mkdir(parents=True)
    there = {"state": "running", "process": 1234567, "host": "gpu-node-17.cluster.example.org", "machine": "another"}
    file_of(place, 1).write_text(json.dumps({**there, "began": "1", "beat": 1}), encoding="utf-8")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    capsys.readouterr()
    assert artgen(["status", str(tmp_path / "runs")]) == 0
    assert "moths-by-night" in capsys.readouterr().out


def test_a_budget_in_minutes_that_is_over_is_told_as_all_of_it(tmp_path: Path, pictures: Path, capsys: Capture) -> None:
    job = tmp_path / "tiny.toml"
    job.write_text(TINY_JOB.format(pictures=pictures.as_posix()), encoding="utf-8")
    assert artgen(["run", str(job), "--prepare"]) == 0
    place = place_of(tmp_path / "runs" / "tiny", "train")
    place.mkdir(parents=True)
    told = {"what": "train", "done": 1.04, "total": 1.0, "left_s": 0}
    there = {"state": "running", "process": 1, "host": "node", "machine": "another", "progress": told}
    file_of(place, 1).write_text(json.dumps({**there, "began": "1", "beat": 1}), encoding="utf-8")
    capsys.readouterr()
    assert artgen(["status", str(tmp_path / "runs")]) == 0
    assert "100 %" in capsys.readouterr().out


@pytest.mark.parametrize("command", [["status"], ["clean", "--dry-run"]])
@pytest.mark.parametrize("left", ["tiny.html", "tiny.rungs.json", "tiny.rungs.json.1"])
def test_what_a_sweep_leaves_among_the_runs_is_passed_over(
    left: str, command: list[str], tmp_path: Path, pictures: Path, capsys: Capture
) -> None:
    job = tmp_path / "tiny.toml"
    job.write_text(TINY_JOB.format(pictures=pictures.as_posix()), encoding="utf-8")
    assert artgen(["run", str(job), "--prepare"]) == 0
    page, text = tmp_path / "runs" / left, tmp_path / "runs" / "tiny.txt"
    page.touch()
    text.touch()
    run = str(tmp_path / "runs" / "tiny")
    capsys.readouterr()
    assert artgen([*command, run, str(page)]) == 0
    assert command[0] == "status" or capsys.readouterr().out.endswith(" MB in 1 run\n")
    assert artgen([*command, run, str(text)]) == 2
    assert artgen([*command, str(page)]) == 2
