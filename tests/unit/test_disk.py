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


@pytest.mark.parametrize(
    ("place", "hint"),
    [("file.toml/x.json", "A file stands where a folder has to be"), ("folder", "A folder has this name")],
)
def test_a_schema_that_cannot_be_put_there_is_a_mistake_of_whoever_named_the_place(
    place: str, hint: str, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file.toml").touch()
    Path("folder").mkdir()
    assert artgen(["schema", "-o", place]) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"{place}: cannot be written: ")
    assert told.splitlines()[1].strip().startswith(hint)


def test_the_schema_makes_its_folder_as_a_job_does(tmp_path: Path) -> None:
    assert artgen(["schema", "-o", str(tmp_path / "editor" / "artgen.schema.json")]) == 0
    assert (tmp_path / "editor" / "artgen.schema.json").stat().st_size > 1000
