"""What cannot be made or computed with is told before the real pictures are looked at, which takes minutes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from tests.run.conftest import Desk

WRONG = """
[[augmentations]]
type = "kornia"
augmentation = "RandomRotation"
options = { degrees = -3 }
"""


def looked_at() -> set[Path]:
    return set(Path(os.environ["ARTGEN_CACHE"]).rglob("*.safetensors"))


def test_what_only_shows_when_a_part_is_made_is_told_before_the_pictures_are_measured(desk: Desk):
    before = looked_at()
    desk.edit("during = 0", "during = 8")
    desk.edit("size = 16", "size = [16, 24]")
    job = desk.job.read_text(encoding="utf-8")
    desk.job.write_text(job + WRONG, encoding="utf-8")
    said = desk.artgen("run", "job.toml", code=1)
    assert "RandomRotation cannot be made with these options" in said
    assert looked_at() == before

    desk.job.write_text(job, encoding="utf-8")
    desk.artgen("run", "job.toml")
    assert looked_at() != before  # they are kept beside each other


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_device_that_is_not_there_is_told_with_its_line(desk: Desk):
    desk.edit('device = "cpu"', 'device = "cuda"')
    line = 1 + desk.job.read_text(encoding="utf-8").splitlines().index('device = "cuda"')
    said = desk.artgen("run", "job.toml", code=1)
    assert f"job.toml:{line}: [train] device: this machine has no cuda device" in said
