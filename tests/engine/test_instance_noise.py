from __future__ import annotations

import pytest
import torch
from torch import Tensor

from artgen.augmentations.config import InstanceNoiseConfig
from artgen.augmentations.instance_noise import InstanceNoise
from artgen.seeding import Draws


def noise(first: int, **options: float) -> Tensor:
    """What is added to 50 pictures from a sample index on."""
    pictures = torch.zeros(50, 3, 16, 16)
    return InstanceNoise(InstanceNoiseConfig(**options))(pictures, Draws(5, "augment", first, 50))


def test_noise_is_gaussian_of_the_deviation_asked_for_and_other_for_every_picture():
    added = noise(0, sigma=0.2)
    assert added.std().item() == pytest.approx(0.2, rel=0.02)
    assert added.mean().abs() < 0.005
    assert (added.abs() < 0.2).float().mean().item() == pytest.approx(0.683, abs=0.02)
    assert not torch.equal(added[0], added[1])


def test_noise_stays_unless_it_is_told_to_fade():
    assert noise(10_000_000).std().item() == pytest.approx(0.1, rel=0.02)


def test_noise_fades_picture_by_picture_to_nothing():
    deviations = [noise(first, sigma=0.2, until_kimg=1.0).std().item() for first in (0, 475, 975)]
    assert deviations == pytest.approx(
        [0.2 * 0.975, 0.2 * 0.5, 0.2 * (sum((i / 1000) ** 2 for i in range(26)) / 50) ** 0.5], rel=0.03
    )
    assert torch.equal(noise(1000, until_kimg=1.0), torch.zeros(50, 3, 16, 16))
    within = noise(975, sigma=0.2, until_kimg=1.0)
    assert within[24].abs().max() > 0
    assert torch.equal(within[25:], torch.zeros(25, 3, 16, 16))
