"""A place that ``init`` or ``run`` cannot write to is told in plain words, before any work is done for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from artgen.cli.group import run as artgen

Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["-o", "file.toml/x.toml"], "A file stands where a folder has to be"),
        (["--force", "-o", "folder"], "A folder has this name"),
    ],
)
def test_a_job_that_cannot_be_put_there_is_a_mistake_of_whoever_named_the_place(
    words: list[str], hint: str, tmp_path: Path, pictures: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file.toml").touch()
    Path("folder").mkdir()
    assert artgen(["init", "gan", str(pictures), *words]) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"{words[-1]}: cannot be written: ")
    assert told.splitlines()[1].strip().startswith(hint)


def test_runs_need_a_folder_to_be_put_in(
    tmp_path: Path, pictures: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert artgen(["init", "gan", str(pictures)]) == 0
    for words in (["run", "job.toml"], ["run", "job.toml", "--prepare"], ["plan", "job.toml", "--commands"]):
        assert artgen([*words, "--out", "job.toml"]) == 2
        assert "'--out': Directory 'job.toml' is a file" in capsys.readouterr().err
    assert artgen(["run", "job.toml", "--out", "job.toml/runs"]) == 1
    told = capsys.readouterr().err
    assert "Not a directory\n  A file stands where a folder has to be" in told
    assert "mistake in artgen" not in told
