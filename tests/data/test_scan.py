from __future__ import annotations

import os
from pathlib import Path

import pytest

from artgen.data.scan import EXTENSIONS, scan
from artgen.errors import DataError


def names(folder: Path) -> list[str]:
    return [file.name for file in scan(folder)[0]]


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")


def test_pictures_are_found_in_all_folders_in_the_order_of_their_names(tmp_path: Path) -> None:
    touch(tmp_path, "b.JPG", "a/z.png", "a.png", "a/deep/er/c.WebP", "c.tif", "B.Jpeg", "notes.txt", "d.avif", "png")
    assert names(tmp_path) == ["B.Jpeg", "a.png", "a/deep/er/c.WebP", "a/z.png", "b.JPG", "c.tif", "d.avif"]


def test_what_is_hidden_is_left_out(tmp_path: Path) -> None:
    touch(tmp_path, ".hidden.png", ".folder/a.png", "__MACOSX/._a.png", "seen.png")
    assert names(tmp_path) == ["seen.png"]


def test_what_artgen_makes_below_the_folder_is_left_out_unless_it_is_named(tmp_path: Path) -> None:
    small = f"{'0a' * 10}-320x200.webp"
    touch(tmp_path, "a.png", "runs/b.png", "runs/mine/job.lock.toml", "runs/mine/artifacts/images/seed-000001.png")
    touch(tmp_path, f"runs/index-pictures/{small}", "runs/index-pictures/c.webp", f"runs/{small}")
    assert names(tmp_path) == ["a.png", f"runs/{small}", "runs/b.png", "runs/index-pictures/c.webp"]
    assert names(tmp_path / "runs" / "mine") == ["artifacts/images/seed-000001.png"]
    assert names(tmp_path / "runs" / "index-pictures") == [small, "c.webp"]
    assert len(scan(tmp_path, made=True)[0]) == 6


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_links_are_followed_but_never_in_circles(tmp_path: Path) -> None:
    touch(tmp_path, "inside/a.png")
    (tmp_path / "inside" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "inside" / "self").symlink_to(tmp_path / "inside", target_is_directory=True)
    (tmp_path / "linked.png").symlink_to(tmp_path / "inside" / "a.png")
    (tmp_path / "dangling.png").symlink_to(tmp_path / "nowhere.png")
    files, _ = scan(tmp_path)
    assert [(file.name, file.size_bytes) for file in files] == [
        ("dangling.png", -1),
        ("inside/a.png", 1),
        ("linked.png", 1),
    ]


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_to_itself_is_one_name_that_cannot_be_read(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{folder}{number}.png" for folder in ("", "sub/") for number in range(6)))
    for folder in (tmp_path, tmp_path / "sub"):
        (folder / "3-loop.png").symlink_to("3-loop.png")
    files, skipped = scan(tmp_path)
    assert not skipped
    assert [file.name for file in files if file.size_bytes < 0] == ["3-loop.png", "sub/3-loop.png"]
    assert len(files) == 14


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_what_is_no_file_is_left_out(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "folder.png").mkdir()
    assert names(tmp_path) == []


def test_a_missing_folder_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read: No such file"):
        scan(tmp_path / "missing")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match="cannot be read: Not a directory"):
        scan(tmp_path / "file")


def test_pictures_that_an_extra_would_read_are_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("artgen.data.scan.extensions", lambda: EXTENSIONS)
    for name in ("a.webp", "b.heic", "c.HEIC", "d/e.heif"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    files, skipped = scan(tmp_path)
    assert [file.name for file in files] == ["a.webp"]
    (told,) = map(str, skipped)
    assert told == "b.heic (and 2 more like it): HEIC is read after: pip install 'artgen-toolkit[heif]'"
