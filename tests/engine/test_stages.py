"""Progressive growing: small pictures first, each new size faded in, exact when resumed in the middle."""

from __future__ import annotations

import pytest
import torch

from artgen.contracts import PictureShape
from artgen.engine.config import StageConfig
from artgen.engine.stages import Stage, Stages
from artgen.engine.state import TrainState
from tests.engine.test_train import digests, train_on

STAGES = "train.stages=[{size=4, kimg=0.02}, {size=8, kimg=0.03, fade_kimg=0.02}, {size=16, fade_kimg=0.02}]"
NETWORKS = {
    "dcgan": ("generator.growing=true", "discriminator.growing=true"),
    "stylegan-lite": (
        'generator={type="stylegan-lite", latent=8, width=0.01}',
        'discriminator={type="stylegan-lite", width=0.01}',
    ),
}


def test_a_stage_follows_from_the_pictures_seen():
    stages = Stages(
        [StageConfig(size=16, kimg=1), StageConfig(size=32, kimg=2, fade_kimg=1), StageConfig(size=64, fade_kimg=2)],
        PictureShape(64, 64, 3),
    )
    assert stages.at(0) == Stage(16, 1.0)
    assert stages.at(999) == Stage(16, 1.0)
    assert stages.at(1000) == Stage(32, 0.0)
    assert stages.at(1500) == Stage(32, 0.5)
    assert stages.at(2500) == Stage(32, 1.0)
    assert stages.at(4000) == Stage(64, 0.5)
    assert stages.at(10**6) == Stage(64, 1.0)
    assert Stages([], PictureShape(64, 64, 3)).at(5) is None


def test_real_pictures_are_shown_as_small_and_as_blurred_as_the_stage_is():
    stages = Stages([StageConfig(size=16, kimg=1), StageConfig(size=32)], PictureShape(48, 32, 3))
    real = torch.rand(2, 3, 32, 48)
    assert stages.shown(real, None) is real
    assert stages.shown(real, Stage(32, 1.0)) is real
    small = stages.shown(real, Stage(16, 1.0))
    assert small.shape == (2, 3, 16, 24)
    torch.testing.assert_close(small[0, 0, 0, 0], real[0, 0, :2, :2].mean())
    blurred, sharp = stages.shown(real, Stage(32, 0.0)), stages.shown(real, Stage(32, 0.999))
    assert blurred.shape == real.shape
    assert blurred.std() < 0.7 * real.std()
    torch.testing.assert_close(sharp, real, atol=0.01, rtol=0)


@pytest.mark.parametrize("sets", NETWORKS.values(), ids=NETWORKS.keys())
def test_a_run_stopped_in_the_middle_of_a_fade_ends_with_the_same_bytes(tiny_job, tmp_path, sets: tuple[str, ...]):
    job = tiny_job(STAGES, *sets)
    whole, _ = train_on(job, tmp_path / "whole")
    for stop_at in (3, 7, 14, None):
        train_on(job, tmp_path / "parts", stop_at=stop_at)
    assert whole.stage == Stage(16, 1.0)
    assert digests(tmp_path / "parts") == digests(tmp_path / "whole")


def test_a_checkpoint_brings_back_the_stage(tiny_job, tmp_path):
    job = tiny_job(STAGES, *NETWORKS["dcgan"])
    stopped, _ = train_on(job, tmp_path, stop_at=7)
    assert stopped.stage == Stage(8, 0.2)
    picture = stopped.generator(torch.zeros(1, 8)).picture
    assert picture.shape == (1, 3, 8, 8)
    fresh = TrainState.build(job, job.data.shape)
    assert fresh.generator(torch.zeros(1, 8)).picture.shape == (1, 3, 16, 16)


def test_features_are_compared_from_the_coarsest_stage_on(tiny_job, tmp_path):
    losses = 'losses=[{type="adversarial"}, {type="feature-matching"}]'
    _, notebook = train_on(tiny_job(STAGES, *NETWORKS["stylegan-lite"], losses), tmp_path, stop_at=4)
    (compared,) = notebook.told("loss/feature-matching/generator")
    assert compared > 0
