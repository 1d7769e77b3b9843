from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from artgen.augmentations.config import DiffAugmentConfig
from artgen.augmentations.diffaugment import DiffAugment
from artgen.seeding import Draws

from .faces import faces

OFF = {"translation": 0.0, "brightness": 0.0, "saturation": 0.0, "contrast": 0.0, "cutout": 0.0}


def only(**options: float) -> DiffAugment:
    return DiffAugment(DiffAugmentConfig(**{**OFF, **options}))


def draws(count: int, first: int = 0) -> Draws:
    return Draws(5, "augment", first, count)


@pytest.fixture(name="faces")
def _faces(pictures: Path) -> Tensor:
    return faces(pictures)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_strength_0_leaves_the_pictures_as_they_are(faces: Tensor, channels: int):
    pictures = faces[:, :channels]
    augment = DiffAugment(DiffAugmentConfig())
    assert torch.equal(augment(pictures, draws(16), 0.0), pictures)
    assert torch.equal(augment(pictures, draws(16), torch.zeros(())), pictures), "a strength on the device"


def test_strength_1_changes_every_picture_and_a_half_about_half_of_them(faces: Tensor):
    pictures = faces[:1, :3].expand(400, -1, -1, -1)

    def changed(strength: float) -> float:
        augmented = only(brightness=0.5)(pictures, draws(400), strength)
        return (augmented != pictures).flatten(1).any(dim=1).float().mean().item()

    assert changed(1.0) == 1.0
    assert 0.4 < changed(0.5) < 0.6


def test_amounts_of_0_are_no_augmentation_at_all(faces: Tensor):
    assert torch.equal(only()(faces, draws(16)), faces)


@pytest.mark.parametrize("channels", [3, 4])
def test_a_picture_does_not_depend_on_its_batch_mates(faces: Tensor, channels: int):
    augment = DiffAugment(DiffAugmentConfig(probability=0.8))
    pictures = faces[:, :channels]
    together = augment(pictures, draws(16))
    for i in (0, 7, 15):
        torch.testing.assert_close(
            augment(pictures[i : i + 1], draws(1, first=i)), together[i : i + 1], rtol=0, atol=1e-6
        )


def test_real_and_painted_pictures_go_through_the_same_rule(faces: Tensor):
    augment = DiffAugment(DiffAugmentConfig())
    painted = faces.clone().requires_grad_()
    torch.testing.assert_close(augment(painted, draws(16)).detach(), augment(faces, draws(16)), rtol=0, atol=1e-6)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_the_gradient_is_the_derivative(channels: int):
    torch.manual_seed(0)
    pictures = (torch.rand(1, channels, 16, 16, dtype=torch.float64) * 0.9).requires_grad_()
    augment = DiffAugment(DiffAugmentConfig())
    assert torch.autograd.gradcheck(lambda x: augment(x, draws(1)), (pictures,))


def test_a_shift_moves_whole_pixels_and_repeats_the_edge(faces: Tensor):
    pictures = faces[:, :3]
    shifted = only(translation=0.25)(pictures, draws(16))
    moves = set()
    for before, after in zip(pictures, shifted, strict=True):
        padded = torch.nn.functional.pad(before[None], (8, 8, 6, 6), mode="replicate")[0]
        found = [
            (down, across)
            for down in range(-6, 7)
            for across in range(-8, 9)
            if torch.equal(after, padded[:, 6 - down : 30 - down, 8 - across : 40 - across])
        ]
        assert len(found) == 1
        moves.update(found)
    assert len(moves) > 8
    assert max(abs(down) for down, _ in moves) > 3
    assert max(abs(across) for _, across in moves) > 4


@pytest.mark.parametrize("side", [16, 24, 40, 200])
def test_a_checkerboard_stays_exact(side: int):
    board = ((torch.arange(side)[:, None] + torch.arange(side)) % 2 * 2.0 - 1).expand(64, 3, side, side)
    shifted = only(translation=0.125)(board, draws(64))
    inside = shifted[:, :, side // 8 : -(side // 8), side // 8 : -(side // 8)]
    original = board[:, :, side // 8 : -(side // 8), side // 8 : -(side // 8)]
    assert set(shifted.unique().tolist()) == {-1.0, 1.0}
    same, other = (inside == original).flatten(1).all(dim=1), (inside == -original).flatten(1).all(dim=1)
    assert (same | other).all()
    assert same.any()
    assert other.any()


def test_half_precision_is_shifted_by_whole_pixels_too():
    board = ((torch.arange(200)[:, None] + torch.arange(200)) % 2 * 2.0 - 1).expand(8, 3, 200, 200)
    shift = only(translation=0.125)
    assert torch.equal(shift(board.bfloat16(), draws(8)), shift(board, draws(8)))


def test_shifts_reach_their_largest_in_every_direction_and_are_even():
    ramp = torch.arange(16.0).expand(4000, 1, 16, 16) / 100
    shifted = only(translation=0.125)(ramp, draws(4000))
    shifts = (ramp[:, 0, 8, 8] - shifted[:, 0, 8, 8]).mul(100).round()
    values, counts = shifts.unique(return_counts=True)
    assert values.tolist() == [-2, -1, 0, 1, 2]
    assert counts.min() > 700


def test_colour_is_brightness_then_saturation_then_contrast(faces: Tensor):
    pictures = faces[:, :3].double()
    numbers = draws(16).uniform(10).double()[:, :, None, None, None]
    brightness, saturation, contrast = numbers[:, 5] - 0.5, numbers[:, 6] * 2, numbers[:, 7] + 0.5
    expected = pictures + brightness
    gray = expected.mean(dim=1, keepdim=True)
    expected = (expected - gray) * saturation + gray
    mean = expected.mean(dim=(1, 2, 3), keepdim=True)
    expected = (expected - mean) * contrast + mean
    augmented = only(brightness=0.5, saturation=1.0, contrast=0.5)(pictures, draws(16))
    torch.testing.assert_close(augmented, expected, rtol=0, atol=1e-6)


def test_colour_leaves_alpha_alone_and_what_is_transparent_transparent(faces: Tensor):
    augmented = only(brightness=0.5, saturation=1.0, contrast=0.5)(faces, draws(16))
    assert torch.equal(augmented[:, 3], faces[:, 3])
    hidden = (faces[:, 3:] == -1).expand(-1, 3, -1, -1)
    assert hidden.any()
    assert (augmented[:, :3][hidden] + 1).abs().max() < 1e-6
    assert (augmented[:, :3][~hidden] != faces[:, :3][~hidden]).float().mean() > 0.9


def test_an_opaque_picture_with_alpha_is_recoloured_as_without(faces: Tensor):
    opaque = torch.cat((faces[:, :3], torch.ones_like(faces[:, 3:])), dim=1)
    augment = DiffAugment(DiffAugmentConfig(cutout=0.0))
    torch.testing.assert_close(augment(opaque, draws(16))[:, :3], augment(faces[:, :3], draws(16)), rtol=0, atol=1e-5)


def test_a_cutout_is_a_rectangle_of_at_most_a_quarter_anywhere():
    pictures = torch.ones(500, 4, 24, 40)
    cut = only(cutout=0.5)(pictures, draws(500))
    gone = cut == 0
    assert ((cut == 1) | gone).all()
    assert torch.equal(gone, gone[:, :1].expand(-1, 4, -1, -1)), "every channel alike"
    areas = gone[:, 0].flatten(1).sum(dim=1)
    assert areas.max() == 12 * 20
    assert areas.min() >= 6 * 10, "the centre is in the picture, so a quarter of it is seen at least"
    assert gone[:, 0].any(dim=0).all(), "every pixel is cut sometimes"
    rectangles = gone[:, 0].any(dim=2).sum(dim=1) * gone[:, 0].any(dim=1).sum(dim=1)
    assert torch.equal(areas, rectangles)


def test_turning_one_part_off_changes_nothing_in_the_others(faces: Tensor):
    with_cutout = DiffAugment(DiffAugmentConfig())(faces, draws(16))
    without = DiffAugment(DiffAugmentConfig(cutout=0.0))(faces, draws(16))
    same = with_cutout == without
    assert torch.equal(same | (with_cutout == 0), torch.ones_like(same))
