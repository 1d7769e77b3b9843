from __future__ import annotations

from pathlib import Path

import kornia.augmentation as kornia_augmentation
import pytest
import torch
from pydantic import ValidationError
from torch import Tensor

from artgen.augmentations.config import KorniaConfig
from artgen.augmentations.kornia import Kornia, is_augmentation
from artgen.augmentations.kornia_source import augmentation_files
from artgen.errors import ArtgenError
from artgen.seeding import Draws

from .faces import faces


def kornia(name: str, probability: float = 1.0, **options) -> Kornia:
    return Kornia(KorniaConfig(augmentation=name, options=options, probability=probability))


def draws(count: int) -> Draws:
    return Draws(5, "augment", 0, count)


@pytest.fixture(name="faces")
def _faces(pictures: Path) -> Tensor:
    return faces(pictures)


def test_an_unknown_name_is_told_with_the_one_that_was_meant():
    with pytest.raises(
        ValidationError, match=r"no augmentation .* 'RandomPerspectiv'; did you mean 'RandomPerspective'"
    ):
        kornia("RandomPerspectiv")


@pytest.mark.parametrize("name", ["RandomMixUpV2", "RandomRotation3D", "AugmentationBase2D", "AugmentationSequential"])
def test_what_does_not_augment_single_pictures_is_no_augmentation_here(name: str):
    with pytest.raises(ValidationError, match="no augmentation of single pictures"):
        kornia(name)


def test_nor_where_its_source_did_not_tell():
    unchecked = KorniaConfig.model_construct(augmentation="RandomMixUpV2", options={}, probability=1.0)
    with pytest.raises(ArtgenError, match="no augmentation of single pictures named 'RandomMixUpV2'"):
        Kornia(unchecked)


def test_the_names_that_a_job_is_checked_by_are_those_that_kornia_has():
    there = {name for name, kind in vars(kornia_augmentation).items() if is_augmentation(kind)}
    assert set(augmentation_files()) == there


def test_options_that_it_does_not_take_or_needs_are_told():
    with pytest.raises(ValidationError, match=r"RandomAffine needs degrees: write options = \{ degrees = "):
        kornia("RandomAffine")
    with pytest.raises(ValidationError, match=r"there is no 'distortion'; did you mean 'distortion_scale'\?"):
        kornia("RandomPerspective", distortion=1)
    assert kornia("RandomHorizontalFlip").changes_color is False  # made by what others are made by


def test_wrong_values_are_an_error_in_kornias_words():
    with pytest.raises(ArtgenError, match=r"RandomRotation cannot be made with these options"):
        kornia("RandomRotation", degrees=-3)


def test_options_that_a_picture_shows_to_be_wrong_are_an_error_in_kornias_words(faces: Tensor):
    blur = kornia("RandomGaussianBlur", kernel_size=[4, 4], sigma=[0.1, 2.0])
    with pytest.raises(ArtgenError, match=r"RandomGaussianBlur cannot augment a picture of \d+×\d+ .*odd") as error:
        blur(faces, draws(len(faces)))
    assert error.value.where == "[[augmentations]] options"


def test_how_often_is_said_once():
    with pytest.raises(ValidationError, match="leave out p, same_on_batch"):
        KorniaConfig(augmentation="RandomHue", options={"p": 0.3, "same_on_batch": True})


def test_an_augmentation_that_changes_the_size_is_an_error(faces: Tensor):
    with pytest.raises(ArtgenError, match="makes 8×8 of a picture of 32×24"):
        kornia("CenterCrop", size=8)(faces, draws(16))


def test_a_mirror_image_is_the_mirror_image(faces: Tensor):
    torch.testing.assert_close(kornia("RandomHorizontalFlip")(faces, draws(16)), faces.flip(3), rtol=0, atol=1e-6)


def test_it_happens_to_as_many_pictures_as_said(faces: Tensor):
    pictures = faces[:1].expand(200, -1, -1, -1)
    changed = kornia("RandomVerticalFlip", 0.25)(pictures, draws(200)) != pictures
    assert 30 < changed.flatten(1).any(dim=1).sum() < 70


def test_colours_go_through_kornia_in_its_own_range():
    gray = torch.full((1, 3, 8, 8), 0.2)  # 0.6 of 1
    inverted = kornia("RandomInvert")(gray, draws(1))
    torch.testing.assert_close(inverted, torch.full_like(gray, -0.2))


def test_pictures_differ_in_what_happens_to_them(faces: Tensor):
    pictures = faces[:1].expand(8, -1, -1, -1)
    augmented = kornia("RandomAffine", degrees=90)(pictures, draws(8))
    assert len({picture.numpy().tobytes() for picture in augmented}) == 8


def test_a_pixel_beyond_the_range_still_teaches_the_generator():
    pictures = torch.full((1, 3, 8, 8), 1.2, requires_grad=True)
    kornia("RandomBrightness", brightness=[0.8, 0.8])(pictures, draws(1)).sum().backward()
    assert (pictures.grad > 0.5).all()
