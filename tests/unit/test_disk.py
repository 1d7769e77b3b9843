"""What the disk refuses is told with what to do about it, and is no mistake of artgen."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from artgen.cli.group import run as artgen
from artgen.errors import DiskError
from artgen.runs.files import told_of_disk

Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        (errno.ENOSPC, "Make room or choose another place, then"),
        (errno.EACCES, "Choose a place where you may write, or have the rights"),
        (errno.EROFS, "Choose a place where you may write, or have the rights"),
        (errno.ENOENT, "Make the folder or choose another place, then"),
        (errno.ENOTDIR, "A file stands where a folder has to be: choose another place"),
        (errno.ENAMETOOLONG, "Choose a shorter name, then"),
        (errno.EIO, "Choose another place, then"),
    ],
)
def test_what_to_do_depends_on_what_the_disk_refused(number: int, hint: str) -> None:
    with pytest.raises(DiskError) as caught, told_of_disk(Path("picture.png")):
        raise OSError(number, os.strerror(number))
    assert str(caught.value) == f"picture.png: cannot be written: {os.strerror(number)}\n  {caught.value.hint}"
    assert caught.value.hint.startswith(hint)


def test_a_place_that_cannot_be_written_to_is_a_mistake_of_whoever_named_it(
    tmp_path: Path, pictures: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file.toml").touch()
    Path("folder").mkdir()
    for words, hint in (
        (["init", "gan", str(pictures), "-o", "file.toml/x.toml"], "A file stands where a folder has to be"),
        (["init", "gan", str(pictures), "-o", "folder", "--force"], "A folder has this name"),
        (["schema", "-o", "file.toml/x.json"], "A file stands where a folder has to be"),
        (["schema", "-o", "folder"], "A folder has this name"),
    ):
        assert artgen(words) == 1
        told = capsys.readouterr().err
        assert told.startswith(f"{words[words.index('-o') + 1]}: cannot be written: ")
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


def test_the_schema_makes_its_folder_as_a_job_does(tmp_path: Path) -> None:
    assert artgen(["schema", "-o", str(tmp_path / "editor" / "artgen.schema.json")]) == 0
    assert (tmp_path / "editor" / "artgen.schema.json").stat().st_size > 1000
