"""A style loss beside the adversarial one: a GAN that learns a folder of pictures and is pulled toward a painting."""

from __future__ import annotations

from pathlib import Path

import pytest

from artgen.job import read_job
from tests.engine.test_train import digests, train_on
from tests.tiny_job import TINY_JOB


def job_with(weight: float, folder: Path, pictures: Path, *sets: str):
    """A GAN's job with a style of this weight beside the game."""
    file = folder / "job.toml"
    file.write_text(TINY_JOB.format(pictures=pictures.as_posix()), encoding="utf-8")
    style = f'images=["{(pictures / "church-at-auvers.png").as_posix()}"], layers=["relu1_1", "relu2_1"]'
    losses = f'losses=[{{type="adversarial"}}, {{type="gram-style", weight={weight}, {style}}}]'
    (job,) = read_job(file, sets=(losses, "outputs=[]", *sets))
    return job


@pytest.mark.parametrize("colors", ["rgb", "rgba"])
def test_a_style_beside_the_game_brings_the_pictures_nearer_to_the_painting(
    tmp_path: Path, pictures: Path, colors: str
):
    def distance(weight: float) -> float:
        """Of the painted pictures in the end; what is told of a loss is unweighted."""
        sets = (f'data.colors="{colors}"', "train.steps=40", "train.generator.rate=0.005")
        _, notebook = train_on(job_with(weight, tmp_path, pictures, *sets), tmp_path / f"{weight}")
        return [row["loss/gram-style/generator"] for row in notebook.rows if "loss/gram-style/generator" in row][-1]

    assert distance(30.0) < 0.7 * distance(0.0)


def test_stopping_and_going_on_ends_with_the_same_bytes(tmp_path: Path, pictures: Path):
    job = job_with(1.0, tmp_path, pictures, "train.steps=6", "losses.gram-style.every=2")
    train_on(job, tmp_path / "whole")
    for stop_at in (3, None):
        train_on(job, tmp_path / "parts", stop_at=stop_at)
    assert digests(tmp_path / "parts") == digests(tmp_path / "whole")
