"""A run that ``preset:auto`` chose for stays what it was, whatever becomes of its folder."""

from __future__ import annotations

import shutil

import tomli

from tests.run.conftest import Desk

JOB = """
extends = "preset:auto"

[job]
name = "tiny"

[data]
folder = "pictures"
size = 16

[generator]
width = 4

[discriminator]
width = 4

[train]
steps = 6
device = "cpu"

[quality]
during = 0
final = 0

[[outputs]]
type = "images"
seeds = "0-3"
"""


def batch(desk: Desk) -> int:
    return int(tomli.loads((desk.run / "job.lock.toml").read_text(encoding="utf-8"))["train"]["batch"])


def test_a_folder_that_grew_does_not_change_what_was_chosen(desk: Desk):
    desk.job.write_text(JOB, encoding="utf-8")
    desk.artgen("run", "job.toml")
    assert batch(desk) == 4

    # Files that are no pictures after all count among those that auto goes by, and are not learned from.
    for number in range(12):
        (desk.folder / "pictures" / f"broken{number}.png").write_bytes(b"no picture at all")
    assert "going on from step 6" in desk.artgen("run", "job.toml", "--set", "train.steps=8")
    assert "going on from step 8" in desk.artgen("run", "runs/tiny/job.lock.toml", "--set", "train.steps=9")
    assert "going on from step 9" in desk.artgen("run", "job.toml", "--set", "train.steps=10")
    assert batch(desk) == 4

    for number in range(12):
        shutil.copy(desk.folder / "pictures" / "coffee.jpg", desk.folder / "pictures" / f"coffee{number}.jpg")
    said = desk.artgen("run", "job.toml", "--set", "train.steps=12", code=2)
    assert "the pictures are not those that this run began with" in said
    assert "train.batch" not in said
    assert "give the job another name: it goes on from this one with [train] from =" in said
    desk.artgen("run", "job.toml", "--fresh")
    assert batch(desk) == 16


def test_a_folder_begins_with_a_picture_that_was_cut_short(desk: Desk):
    pictures = desk.folder / "pictures"
    cut = sorted(pictures.glob("*.jpg"))[0]
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    desk.job.write_text(JOB, encoding="utf-8")
    assert len(list(pictures.iterdir())) == 8
    assert f"{cut.name} is left out" in desk.artgen("run", "job.toml")
