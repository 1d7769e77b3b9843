"""A tiny job on real pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from artgen.job import read_job
from artgen.job.model import Job

TINY_JOB = """
[job]
name = "tiny"
seed = 3

[data]
folder = "{pictures}"
size = 16
mirror = true

[generator]
type = "dcgan"
latent = 8
width = 4

[discriminator]
type = "dcgan"
width = 4

[train]
steps = 20
batch = 4
precision = "fp32"
device = "cpu"

[quality]
during = 0
final = 0
"""


@pytest.fixture
def tiny_job(tmp_path: Path, pictures: Path) -> Callable[..., Job]:
    """Reads the tiny job with some values set."""
    file = tmp_path / "job.toml"
    file.write_text(TINY_JOB.format(pictures=pictures.as_posix()), encoding="utf-8")

    def read(*sets: str) -> Job:
        (job,) = read_job(file, sets=("outputs=[]", *sets))
        return job

    return read
