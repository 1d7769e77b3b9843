"""Folders that cannot be trained on: what is wrong, what was skipped, exit 3, and nothing left behind."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from tests.run.conftest import Desk


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def write_bomb(path: Path) -> None:
    """A PNG of 50,000×50,000 pixels in a few kilobytes."""
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(50_000 // 8 + 1) * 1000)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b""))


def left_behind(desk: Desk) -> list[str]:
    return [path.name for path in desk.folder.iterdir() if path.name not in ("job.toml", "pictures")]


def keep(desk: Desk, *names: str) -> None:
    for path in (desk.folder / "pictures").iterdir():
        if path.name not in names:
            path.unlink()


def test_an_empty_folder(desk: Desk):
    keep(desk)
    said = desk.artgen("run", "job.toml", code=3)
    assert "pictures" in said
    assert left_behind(desk) == []


def test_three_pictures_are_too_few(desk: Desk):
    keep(desk, "fox.webp", "coffee.jpg", "pizza.webp")
    said = desk.artgen("run", "job.toml", code=3)
    assert "3" in said
    assert "at least 4" in said
    assert left_behind(desk) == []


def test_fewer_pictures_than_a_batch(desk: Desk):
    said = desk.artgen("run", "job.toml", "--set", "train.batch=32", code=3)
    assert "there are 8 pictures, and a batch takes 32" in said
    assert "[train] batch = 8" in said
    assert left_behind(desk) == []


def test_only_broken_pictures_are_named(desk: Desk):
    keep(desk)
    for name in ("a.jpg", "b.png", "c.webp", "d.gif", "e.tiff"):
        (desk.folder / "pictures" / name).write_bytes(b"no picture at all")
    said = desk.artgen("run", "job.toml", code=3)
    assert all(name in said for name in ("a.jpg", "b.png", "c.webp"))
    assert left_behind(desk) == []


def test_only_a_decompression_bomb(desk: Desk):
    keep(desk)
    write_bomb(desk.folder / "pictures" / "bomb.png")
    said = desk.artgen("run", "job.toml", code=3)
    assert "bomb.png" in said
    assert left_behind(desk) == []


def test_broken_pictures_among_good_ones_are_skipped_by_name(desk: Desk):
    write_bomb(desk.folder / "pictures" / "bomb.png")
    (desk.folder / "pictures" / "torn.jpg").write_bytes((desk.folder / "pictures" / "coffee.jpg").read_bytes()[:900])
    said = desk.artgen("run", "job.toml")
    assert "bomb.png is left out" in said
    assert "torn.jpg is left out" in said


def test_a_folder_that_does_not_exist_is_a_problem_of_the_job(desk: Desk):
    desk.edit('folder = "pictures"', 'folder = "picturse"')
    said = desk.artgen("run", "job.toml", code=2)
    assert "job.toml:7" in said
    assert "picturse" in said
    assert left_behind(desk) == []
