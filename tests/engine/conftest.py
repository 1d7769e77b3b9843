"""A tiny job on real pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from artgen.job import read_job
from artgen.job.model import Job
from tests.tiny_job import TINY_JOB


@pytest.fixture
def tiny_job(tmp_path: Path, pictures: Path) -> Callable[..., Job]:
    """Reads the tiny job with some values set."""
    file = tmp_path / "job.toml"
    file.write_text(TINY_JOB.format(pictures=pictures.as_posix()), encoding="utf-8")

    def read(*sets: str) -> Job:
        (job,) = read_job(file, sets=("outputs=[]", "train.steps=20", "train.checkpoint_steps=20", *sets))
        return job

    return read
