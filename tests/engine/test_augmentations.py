"""What holds for every augmentation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from artgen.augmentations.adaptive import Adaptive
from artgen.augmentations.config import (
    AdaptiveConfig,
    DiffAugmentConfig,
    FlipsConfig,
    InstanceNoiseConfig,
    KorniaConfig,
)
from artgen.augmentations.diffaugment import DiffAugment
from artgen.augmentations.flips import Flips
from artgen.augmentations.instance_noise import InstanceNoise
from artgen.augmentations.kornia import Kornia
from artgen.seeding import Draws

from .faces import faces

Augmentation = Callable[..., Tensor]


def kornia(name: str, **options) -> Kornia:
    return Kornia(KorniaConfig(augmentation=name, options=options, probability=0.8))


EVERY: dict[str, Callable[[], Augmentation]] = {
    "diffaugment": lambda: DiffAugment(DiffAugmentConfig(probability=0.8)),
    "flips": lambda: Flips(FlipsConfig(horizontal=0.5, vertical=0.3, quarter_turns=0.5)),
    "adaptive": lambda: Adaptive(AdaptiveConfig(start=0.8)),
    "instance-noise": lambda: InstanceNoise(InstanceNoiseConfig(until_kimg=0.05)),
    "kornia, moving": lambda: kornia("RandomAffine", degrees=40, translate=[0.1, 0.1]),
    "kornia, colouring": lambda: kornia("ColorJitter", brightness=0.1, contrast=0.3),
}
COLOURING = ["adaptive", "kornia, colouring"]
MOVING = ["flips", "adaptive"]

every = pytest.mark.parametrize("name", EVERY)


@pytest.fixture(name="faces")
def _faces(pictures: Path) -> Tensor:
    return faces(pictures)


def draws(count: int, first: int = 0) -> Draws:
    return Draws(5, "augment", first, count)


@every
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_strength_0_leaves_the_very_bits(faces: Tensor, name: str, channels: int):
    pictures = faces[:, :channels]
    for strength in (0.0, torch.zeros(())):
        assert torch.equal(EVERY[name]()(pictures, draws(16), strength), pictures)


@every
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_strength_1_changes_pictures_and_gives_them_back_in_shape(faces: Tensor, name: str, channels: int):
    pictures = faces[:, :channels]
    augmented = EVERY[name]()(pictures, draws(16))
    assert augmented.shape == pictures.shape
    assert augmented.isfinite().all()
    assert (augmented != pictures).flatten(1).any(dim=1).sum() >= 6


@every
def test_a_picture_does_not_depend_on_its_batch_mates(faces: Tensor, name: str):
    augment = EVERY[name]()
    together = augment(faces, draws(16))
    for i in (0, 7, 15):
        alone = augment(faces[i : i + 1], draws(1, first=i))
        torch.testing.assert_close(alone, together[i : i + 1], rtol=0, atol=1e-5)


@every
def test_the_same_draws_do_the_same_and_torchs_own_generator_is_left_alone(faces: Tensor, name: str):
    augment = EVERY[name]()
    before = torch.get_rng_state()
    first = augment(faces, draws(16))
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(7)
    assert torch.equal(augment(faces, draws(16)), first)


@every
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_the_gradient_is_the_derivative(name: str, channels: int):
    torch.manual_seed(0)
    pictures = torch.rand(3, channels, 8, 8, dtype=torch.float64) * 0.4 - 0.1
    if channels == 4:
        pictures[:, 3] += 0.5  # premultiplied: colour under alpha
    augment = EVERY[name]()
    assert torch.autograd.gradcheck(lambda x: augment(x, draws(3)), (pictures.requires_grad_(),), fast_mode=True)


@pytest.mark.parametrize("name", COLOURING)
def test_colour_leaves_alpha_alone_and_what_is_transparent_transparent(faces: Tensor, name: str):
    augment = Adaptive(AdaptiveConfig(start=0.8, flips=False, turns=False, geometry=False))
    augmented = (augment if name == "adaptive" else EVERY[name]())(faces, draws(16))
    assert torch.equal(augmented[:, 3], faces[:, 3])
    hidden = (faces[:, 3:] == -1).expand(-1, 3, -1, -1)
    assert hidden.any()
    assert (augmented[:, :3][hidden] + 1).abs().max() < 1e-6
    assert (augmented[:, :3][~hidden] != faces[:, :3][~hidden]).float().mean() > 0.5


@pytest.mark.parametrize("name", COLOURING)
def test_an_opaque_picture_with_alpha_is_recoloured_as_without(faces: Tensor, name: str):
    opaque = torch.cat((faces[:, :3], torch.ones_like(faces[:, 3:])), dim=1)
    augment = EVERY[name]()
    torch.testing.assert_close(augment(opaque, draws(16))[:, :3], augment(faces[:, :3], draws(16)), rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", MOVING)
def test_moving_pixels_moves_colour_and_alpha_together(faces: Tensor, name: str):
    augment = Adaptive(AdaptiveConfig(start=0.8, color=False)) if name == "adaptive" else EVERY[name]()
    red_is_alpha = faces[:, [3, 1, 2, 3]]
    moved = augment(red_is_alpha, draws(16))
    assert torch.equal(moved[:, 0], moved[:, 3])
    premultiplied = augment(faces, draws(16))
    assert (premultiplied[:, :3] <= premultiplied[:, 3:] + 1e-5).all(), "no colour beyond its alpha"


@pytest.mark.parametrize("name", ["flips", "adaptive"])
def test_the_same_draws_at_half_the_size_are_the_same_picture_smaller(name: str):
    y, x = torch.meshgrid(torch.linspace(0, 3, 48), torch.linspace(0, 3, 64), indexing="ij")
    smooth = torch.stack((x.sin(), y.cos(), (x + y).sin())).expand(12, -1, -1, -1) * 0.8
    augment = EVERY[name]()
    of_small = augment(F.avg_pool2d(smooth, 2), draws(12))
    small_of = F.avg_pool2d(augment(smooth, draws(12)), 2)
    assert (of_small - small_of).abs().mean() < 0.02
    assert (of_small - F.avg_pool2d(smooth, 2)).abs().mean() > 0.2
