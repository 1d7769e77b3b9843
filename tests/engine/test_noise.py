"""Noise that a device draws for itself."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
import torch
from torch import Tensor

from artgen.augmentations.config import InstanceNoiseConfig
from artgen.augmentations.instance_noise import InstanceNoise
from artgen.contracts import Painted
from artgen.engine.noise import normal_on_device, philox, training_noise
from artgen.engine.step import Step
from artgen.losses.config import PathLengthConfig
from artgen.losses.path_length import PathLength
from artgen.seeding import Draws


def words(*values: int) -> tuple[torch.Tensor, ...]:
    return tuple(torch.tensor([value]) for value in values)


def test_the_generator_gives_the_published_numbers():
    # the known answers of Random123's philox4x32-10
    zero = philox(words(0, 0, 0, 0), (0, 0))
    assert [int(word) for word in zero] == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
    ones = philox(words(*[0xFFFFFFFF] * 4), (0xFFFFFFFF, 0xFFFFFFFF))
    assert [int(word) for word in ones] == [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]


def test_a_sample_has_its_noise_whatever_the_batch():
    batch = normal_on_device(Draws(7, "noise/8x8", 100, 16), 64)
    alone = normal_on_device(Draws(7, "noise/8x8", 105, 1), 64)
    assert torch.equal(batch[5:6], alone)
    assert not torch.equal(batch[5:6], batch[6:7])
    assert not torch.equal(alone, normal_on_device(Draws(7, "noise/16x16", 105, 1), 64))


def test_the_noise_is_standard_normal():
    noise = normal_on_device(Draws(1, "noise", 0, 64), 4096).double()
    assert abs(noise.mean()) < 0.01
    assert abs(noise.std() - 1) < 0.01
    assert abs((noise**4).mean() - 3) < 0.1
    neighbours = (noise[:, 1:] * noise[:, :-1]).mean()
    assert abs(neighbours) < 0.01


def test_on_a_cpu_it_is_the_numbers_that_everything_else_draws():
    draws = Draws(1, "noise", 3, 2)
    assert torch.equal(training_noise(draws, 10), draws.normal(10))


@pytest.fixture
def nothing_drawn_on_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_options: object) -> None:
        raise AssertionError("numbers were drawn on the host")

    monkeypatch.setattr(np.random, "Philox", refuse)


@pytest.mark.usefixtures("nothing_drawn_on_the_host")
def test_noise_on_pictures_is_drawn_where_they_are():
    pictures = torch.zeros(2, 3, 8, 8, device="meta")
    noisy = InstanceNoise(InstanceNoiseConfig())(pictures, Draws(1, "augment", 0, 2, "meta"))
    assert noisy.shape == pictures.shape


@pytest.mark.usefixtures("nothing_drawn_on_the_host")
def test_the_picture_that_path_lengths_are_measured_along_is_drawn_where_they_are():
    draws = Draws(1, "train", 0, 2, "meta")

    def fresh(_purpose: str, _share: float) -> tuple[Tensor, Painted, Draws, float]:
        w = torch.zeros(2, 5, device="meta", requires_grad=True)
        weight = torch.zeros(5, 48, device="meta", requires_grad=True)
        return w, Painted((w @ weight).view(2, 3, 4, 4)), draws, 1.0

    step = Step(
        "generator",
        paint=lambda: Painted(torch.zeros(2, 3, 4, 4, device="meta")),
        real=lambda: torch.zeros(2, 3, 4, 4, device="meta"),
        discriminator=None,
        augment=lambda pictures, _draws: pictures,
        draws=draws,
        images_seen=0,
        autocast=contextlib.nullcontext,
        fresh=fresh,
    )
    assert PathLength(PathLengthConfig()).for_generator(step).requires_grad
