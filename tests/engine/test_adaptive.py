from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from torch import Tensor

from artgen.augmentations.adaptive import Adaptive
from artgen.augmentations.config import AdaptiveConfig
from artgen.augmentations.recolor import recolor
from artgen.augmentations.warp import warp
from artgen.seeding import Draws

from .faces import faces

SURE, UNSURE = torch.full((8,), 3.0), torch.full((8,), -3.0)


@pytest.fixture(name="faces")
def _faces(pictures: Path) -> Tensor:
    return faces(pictures)


def draws(count: int, first: int = 0) -> Draws:
    return Draws(5, "augment", first, count)


def observed(augment: Adaptive, steps: int, *heads: Tensor) -> float:
    for _ in range(steps):
        augment.observe(list(heads), 8)
    return augment.strength.item()


def test_strength_rises_by_the_pictures_seen_while_the_discriminator_is_too_sure():
    augment = Adaptive(AdaptiveConfig(ramp_kimg=1.0))
    assert observed(augment, 3, SURE) == 0, "not before the interval is over"
    assert observed(augment, 1, SURE) == pytest.approx(0.032)
    assert observed(augment, 4, SURE) == pytest.approx(0.064)
    assert augment.report()["sign"] == 1


def test_strength_falls_while_it_is_less_sure_than_wanted_and_not_below_0():
    augment = Adaptive(AdaptiveConfig(ramp_kimg=1.0, start=0.1))
    assert observed(augment, 4, UNSURE) == pytest.approx(0.068)
    assert observed(augment, 40, UNSURE) == 0


def test_strength_never_runs_away():
    augment = Adaptive(AdaptiveConfig(ramp_kimg=0.1, limit=0.7))
    assert observed(augment, 400, SURE) == pytest.approx(0.7)


def test_strength_hovers_where_the_sign_is_what_is_wanted():
    """A discriminator that is the less sure the more is augmented: its sign is 1 - strength."""
    augment = Adaptive(AdaptiveConfig(ramp_kimg=1.0))
    for _ in range(200):
        unsure = round(100 * augment.strength.item() / 2)
        augment.observe([torch.cat((torch.ones(100 - unsure), -torch.ones(unsure)))], 8)
    assert augment.strength.item() == pytest.approx(0.4, abs=0.05)


def test_heads_and_maps_count_alike():
    augment = Adaptive(AdaptiveConfig(interval=1))
    augment.observe([torch.ones(8), -torch.ones(8, 1, 5, 5)], 8)
    assert augment.report()["sign"] == 0


def test_it_goes_on_from_the_middle_of_an_interval_as_if_nothing_had_happened():
    config = AdaptiveConfig(ramp_kimg=1.0)
    augment, other = Adaptive(config), Adaptive(config)
    observed(augment, 6, SURE)
    saved = augment.state_dict()
    other.load_state_dict(saved)
    numbers = torch.randn(7, 8, generator=torch.Generator().manual_seed(0))
    for each in (augment, other):
        for logits in numbers:
            each.observe([logits], 8)
    assert {k: float(v) for k, v in augment.state_dict().items()} == {
        k: float(v) for k, v in other.state_dict().items()
    }
    assert saved["steps"] == 2, "what was saved stays as it was"


def test_its_own_strength_is_how_often_things_happen(faces: Tensor):
    pictures = faces[:1].expand(400, -1, -1, -1)
    untouched = []
    for start in (0.0, 0.1, 0.5):
        augmented = Adaptive(AdaptiveConfig(start=start))(pictures, draws(400))
        untouched.append((augmented == pictures).flatten(1).all(dim=1).float().mean().item())
    # twelve kinds of change, of which four happen half as often or less: see the paper's appendix B
    assert untouched[0] == 1
    assert 0.25 < untouched[1] < 0.45
    assert untouched[2] < 0.03


def test_groups_can_be_turned_off_and_the_others_stay_what_they_are(faces: Tensor):
    whole = Adaptive(AdaptiveConfig(start=0.8))(faces, draws(16))
    moved = Adaptive(AdaptiveConfig(start=0.8, color=False))(faces, draws(16))
    colored = Adaptive(AdaptiveConfig(start=0.8, flips=False, turns=False, geometry=False))
    torch.testing.assert_close(colored(moved, draws(16)), whole, rtol=0, atol=1e-6)
    off = Adaptive(AdaptiveConfig(start=0.8, flips=False, turns=False, geometry=False, color=False))
    assert torch.equal(off(faces, draws(16)), faces)


def test_flips_and_turns_alone_lose_no_pixel():
    square = torch.rand(3, 24, 24, generator=torch.Generator().manual_seed(0))
    ways = [way.rot90(k, (1, 2)) for way in (square, square.flip(2)) for k in range(4)]
    pictures = warp(square.expand(300, -1, -1, -1), draws(300), 0.8, flips=True, turns=True, geometry=False)
    closest = [min((picture - way).abs().max().item() for way in ways) for picture in pictures]
    assert max(closest) < 1e-5
    met = {int(np.argmin([(picture - way).abs().max().item() for way in ways])) for picture in pictures}
    assert met == set(range(8))


def test_a_wide_picture_is_turned_by_half(faces: Tensor):
    pictures = warp(faces, draws(16), 1.0, flips=False, turns=True, geometry=False)
    for before, after in zip(faces, pictures, strict=True):
        assert min((after - way).abs().max() for way in (before, before.flip(1, 2))) < 1e-5


def test_the_warp_maps_a_wide_pictures_pixels_by_one_similarity_or_stretch():
    """Pictures that hold their own coordinates: what comes out says where each pixel came from."""
    height, width = 40, 64
    y, x = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    pictures = torch.stack((x - width / 2, y - height / 2)).double().expand(200, -1, -1, -1)
    warped = warp(pictures, draws(200), 0.5, flips=True, turns=True, geometry=True)
    jacobians = []
    for picture in warped:
        inner = picture[:, height // 2 - 2 : height // 2 + 2, width // 2 - 2 : width // 2 + 2]
        across = inner[:, :, 1:] - inner[:, :, :-1]
        down = inner[:, 1:, :] - inner[:, :-1, :]
        if across.std(dim=(1, 2)).max() < 1e-3 and down.std(dim=(1, 2)).max() < 1e-3:  # no mirrored edge in sight
            jacobians.append(torch.stack((across.mean(dim=(1, 2)), down.mean(dim=(1, 2))), dim=1))
    assert len(jacobians) > 150
    found = torch.stack(jacobians)
    spread = torch.linalg.svdvals(found)
    octaves = torch.log2(spread.prod(dim=1)) / 2
    assert octaves.mean().abs() < 0.05
    assert 0.1 < octaves.std() < 0.2, "a deviation of 0.2 for half of the pictures"
    assert 0.05 < (spread[:, 0] / spread[:, 1]).log2().mean() < 0.3
    rigid = found[(spread - 1).abs().max(dim=1).values < 1e-3]
    angles = torch.atan2(rigid[:, 1, 0], rigid[:, 1, 1]).abs()
    assert ((angles > 0.2) & (angles < 1.3)).any(), "turned by any angle, and not sheared by the wide picture"


def test_colour_is_brightness_contrast_exchange_hue_and_saturation_one_after_the_other(faces: Tensor):
    pictures = faces[:, :3].double()
    chance, normal = draws(16).uniform(6).double(), draws(16).normal(3).double()
    axis = torch.full((3,), 1 / math.sqrt(3), dtype=torch.float64)
    along = torch.outer(axis, axis)
    cross = torch.tensor([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], dtype=torch.float64) / math.sqrt(3)
    eye, probability = torch.eye(3, dtype=torch.float64), 0.7
    augmented = recolor(pictures, draws(16), probability)
    turned_hues = 0
    for before, after, c, n in zip(pictures, augmented, chance, normal, strict=True):
        color = before.flatten(1)
        if c[0] < probability:
            color = color + 0.2 * n[0]
        if c[1] < probability:
            color = color * 2 ** (0.5 * n[1])
        if c[2] < probability / 2:
            color = (eye - 2 * along) @ color
        if c[3] < probability:
            angle = math.pi * (2 * c[5].item() - 1)
            color = (along + math.cos(angle) * (eye - along) - math.sin(angle) * cross) @ color
            turned_hues += 1
        if c[4] < probability:
            color = (along + (eye - along) * 2 ** n[2]) @ color
        torch.testing.assert_close(after.flatten(1), color, rtol=0, atol=1e-5)
    assert turned_hues > 5


def test_a_grey_picture_stays_the_grey_of_a_colourless_one(faces: Tensor):
    gray = faces[:, :1]
    of_three = recolor(gray.expand(-1, 3, -1, -1), draws(16), 0.8)
    torch.testing.assert_close(recolor(gray, draws(16), 0.8), of_three[:, :1], rtol=0, atol=1e-5)


def test_a_start_above_the_limit_is_an_error():
    with pytest.raises(ValidationError, match=r"start = 0\.9 is above limit = 0\.8"):
        AdaptiveConfig(start=0.9)


def test_it_can_be_made_stronger_at_once_but_not_beyond_its_limit():
    augmentation = Adaptive(AdaptiveConfig(start=0.5, limit=0.8))
    augmentation.raise_by(0.2)
    assert float(augmentation.strength) == pytest.approx(0.7)
    augmentation.raise_by(0.2)
    assert float(augmentation.strength) == pytest.approx(0.8)
