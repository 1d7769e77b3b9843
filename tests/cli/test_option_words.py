"""What is wrong with an option is told of that option, as it was typed, and not of the ``--set`` that it stands for."""

from __future__ import annotations

from pathlib import Path

import pytest

from artgen.cli.group import run as artgen
from tests.tiny_job import TINY_JOB

Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--device", "gpu"], "--device gpu: [train] device cannot be 'gpu'"),
        (["--launcher", "locla"], "--launcher locla: [launcher] unknown launcher 'locla'. Did you mean 'local'?"),
        (["--launcher", 'a"b'], "--launcher a\"b: [launcher] unknown launcher 'a\"b'"),
        (["--set", "train.batch=0"], "--set train.batch=0: [train] batch must be at least 1, not 0"),
    ],
)
def test_an_option_is_named_as_it_was_typed(
    words: list[str], told: str, tmp_path: Path, pictures: Path, capsys: Capture
) -> None:
    job = tmp_path / "tiny.toml"
    job.write_text(TINY_JOB.format(pictures=pictures.as_posix()), encoding="utf-8")
    assert artgen(["run", str(job), *words]) == 2
    assert capsys.readouterr().err.startswith(told)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--seeds", "abc"], "--seeds abc: [outputs.render] seeds"),
        (["--truncation", "3"], "--truncation 3: [outputs.render] truncation must be at most"),
        (["--output", "sheeet"], "--output sheeet: [outputs.render] unknown output 'sheeet'. Did you mean 'sheet'?"),
        (["--name", "a/b"], "--name a/b: [outputs] 'a/b' is no name"),
        (["--name", "a b"], "--name a b: [outputs] 'a b' is no name"),
        (["--set", "colums=3"], "--set colums=3: [outputs.render] unknown key 'colums'"),
    ],
)
def test_an_option_of_what_is_rendered_is_named_as_it_was_typed(
    words: list[str], told: str, tmp_path: Path, pictures: Path, capsys: Capture
) -> None:
    job = tmp_path / "tiny.toml"
    job.write_text(TINY_JOB.format(pictures=pictures.as_posix()), encoding="utf-8")
    assert artgen(["run", str(job), "--prepare"]) == 0
    capsys.readouterr()
    assert artgen(["render", str(tmp_path / "runs" / "tiny"), *words]) == 2
    assert capsys.readouterr().err.startswith(told)
