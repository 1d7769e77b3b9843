"""Jobs that train `stylegan-lite` on the emoji faces, by the rules of stylegan2-ada's `auto` where nothing else is said."""

from __future__ import annotations

import tempfile
from pathlib import Path

import torch

from artgen.job import read_job
from artgen.job.model import Job

PICTURES = Path(__file__).parents[2] / "gallery" / "01-emoji-faces" / "pictures"
R1_EVERY = 16
PROCESSOR_WIDTH = 0.125
"""What preset:auto takes on a CPU."""

JOB = """
[job]
name = "bench"
[data]
folder = "{pictures}"
size = {side}
mirror = true
[generator]
type = "stylegan-lite"
width = {width}
[discriminator]
type = "stylegan-lite"
width = {width}
[[losses]]
type = "adversarial"
form = "non-saturating"
[[losses]]
type = "r1"
every = {r1_every}
[[augmentations]]
type = "diffaugment"
[train]
steps = 1
batch = {batch}
[train.generator]
rate = 0.0025
[train.discriminator]
rate = 0.0025
[train.ema]
half_life_kimg = 10.0
"""
PATH_LENGTH = """
[[losses]]
type = "path-length"
"""


def stylegan_job(side: int, batch: int, width: float, *, path_length: bool = False) -> Job:
    """A checked job, on a GPU if there is one."""
    text = JOB.format(pictures=PICTURES.as_posix(), side=side, width=width, batch=batch, r1_every=R1_EVERY)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "job.toml"
        file.write_text(text + PATH_LENGTH * path_length, encoding="utf-8")
        (job,) = read_job(file)
    return job


def usual_job() -> Job:
    """What is compared with its parts: 64 px as preset:auto trains it on a CPU, or the wanted 256 px on a GPU."""
    on_gpu = torch.cuda.is_available()
    return stylegan_job(256, 32, 1.0) if on_gpu else stylegan_job(64, 32, PROCESSOR_WIDTH)


def in_words(job: Job) -> str:
    """Network, size and batch of a job."""
    width = f", width {job.generator.config.width:g}" if job.generator.config.width != 1 else ""
    return f"{job.generator.type.rpartition(':')[2]}{width}, {job.data.shape.width} px, batch {job.train.batch}"
