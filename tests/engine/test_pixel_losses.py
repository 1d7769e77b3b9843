from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from artgen.contracts import Painted
from artgen.losses.config import PaletteConfig, SymmetryConfig, TotalVariationConfig
from artgen.losses.lab import lab
from artgen.losses.palette import Palette
from artgen.losses.symmetry import Symmetry
from artgen.losses.total_variation import TotalVariation


@dataclass
class Step:
    """What the losses ask of a step."""

    fake: Painted


def step(pictures: Tensor) -> Step:
    return Step(Painted(pictures))


def flat(*rgb: int) -> Tensor:
    """A picture of one colour, 0-255."""
    return (torch.tensor(rgb, dtype=torch.float32) / 127.5 - 1).view(1, 3, 1, 1).repeat(1, 1, 4, 6)


def test_total_variation_and_its_gradient_are_the_formulas():
    pictures = torch.rand(2, 3, 9, 14, generator=torch.Generator().manual_seed(0)) * 2 - 1
    narrow, wide = pictures.clone().requires_grad_(), pictures.double().requires_grad_()
    value = TotalVariation(TotalVariationConfig()).for_generator(step(narrow))
    across, down = (wide[..., 1:] - wide[..., :-1]).abs(), (wide[..., 1:, :] - wide[..., :-1, :]).abs()
    pixels, side = 3 * 9 * 14, (9 * 14) ** 0.5
    right = (across.sum(dim=(1, 2, 3)) + down.sum(dim=(1, 2, 3))) / pixels * side / 256
    torch.testing.assert_close(value.double(), right, rtol=1e-5, atol=0)
    value.sum().backward()
    right.sum().backward()
    assert (narrow.grad - wide.grad).norm() <= 1e-5 * wide.grad.norm()


@pytest.mark.parametrize("size", [(9, 1), (1, 9), (1, 1)])
def test_total_variation_of_a_picture_one_pixel_wide_or_high_is_that_of_the_other_direction(size: tuple[int, int]):
    pictures = torch.linspace(-1, 1, 27).view(1, 3, 9)[..., : max(size)].reshape(1, 3, *size).requires_grad_()
    value = TotalVariation(TotalVariationConfig()).for_generator(step(pictures))
    length = max(size)
    right = (length - 1) / 13 / length * length**0.5 / 256
    assert value.item() == pytest.approx(right, rel=1e-5)
    value.sum().backward()
    assert pictures.grad.isfinite().all()


@pytest.mark.parametrize(
    ("rgb", "right"),
    [
        ((255, 255, 255), (100, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 128, 128), (48.25, -28.84, -8.48)),
        ((1, 1, 1), (0.274, 0, 0)),
    ],
)
def test_lab_is_as_colour_tables_have_it(rgb, right):
    assert (lab(flat(*rgb))[0, :, 0, 0] * 100).tolist() == pytest.approx(right, abs=0.05)


def test_a_picture_of_the_palettes_colours_is_no_distance_from_it():
    palette = Palette(PaletteConfig(colors=["navy", "#ffa500", "white"]))
    both = torch.cat([flat(0, 0, 128), flat(255, 165, 0)], dim=3)
    assert palette.for_generator(step(both)).abs().max() < 1e-4
    assert palette.for_generator(step(flat(0, 128, 0))).item() > 0.1
    assert palette.for_discriminator(step(both)) is None


def test_black_is_1_from_white():
    assert Palette(PaletteConfig(colors=["white"])).for_generator(step(flat(0, 0, 0))).item() == pytest.approx(1)


def test_colours_are_drawn_to_the_nearest_as_the_eye_has_it():
    palette = Palette(PaletteConfig(colors=["gray", "green"]))
    grass = flat(100, 200, 100).requires_grad_()
    optimiser = torch.optim.Adam([grass], lr=0.02)
    for _ in range(100):
        optimiser.zero_grad()
        palette.for_generator(step(grass)).sum().backward()
        optimiser.step()
    assert (grass - flat(0, 128, 0)).abs().max() < 0.05


@pytest.mark.parametrize("rgb", [(0, 0, 0), (255, 255, 255), (128, 128, 128)])
def test_the_palettes_slope_is_finite_at_black_white_and_halfway(rgb):
    picture = flat(*rgb).requires_grad_()
    Palette(PaletteConfig(colors=["black", "white"])).for_generator(step(picture)).sum().backward()
    assert picture.grad.isfinite().all()


def test_a_grey_and_a_transparent_picture_have_a_palette_too():
    palette = Palette(PaletteConfig(colors=["white", "black"]))
    assert palette.for_generator(step(torch.ones(2, 1, 4, 4))).abs().max() < 1e-4
    transparent = torch.full((2, 4, 4, 4), -1.0)
    assert palette.for_generator(step(transparent)).abs().max() < 1e-4


@pytest.mark.parametrize(
    ("axis", "right"),
    # of [[0, 1], [0, 3]]: left against right, top against bottom, both, corner against corner
    [("vertical", (1 + 1 + 9 + 9) / 4), ("horizontal", (4 + 4) / 4), ("both", 3.5), ("point", (9 + 9 + 1 + 1) / 4)],
)
def test_symmetry_is_the_mean_squared_difference_from_the_mirror_image(axis, right):
    picture = torch.tensor([[0.0, 1.0], [0.0, 3.0]]).repeat(2, 3, 1, 1)
    assert Symmetry(SymmetryConfig(axis=axis)).for_generator(step(picture)).tolist() == [right, right]


@pytest.mark.parametrize("axis", ["vertical", "horizontal", "both", "point"])
def test_a_picture_that_is_its_own_mirror_image_is_symmetric(axis):
    quarter = torch.rand(1, 3, 5, 7)
    half = torch.cat([quarter, quarter.flip(3)], dim=3)
    whole = torch.cat([half, half.flip(2)], dim=2)
    assert not Symmetry(SymmetryConfig(axis=axis)).for_generator(step(whole)).any()
