from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor

from artgen.augmentations.config import FlipsConfig
from artgen.augmentations.flips import Flips
from artgen.seeding import Draws


def flipped(pictures: Tensor, **options: float) -> Tensor:
    return Flips(FlipsConfig(**{"horizontal": 0.0, **options}))(pictures, Draws(5, "augment", 0, len(pictures)))


def which(pictures: Tensor, changes: dict[str, Tensor]) -> list[str]:
    """The one change that made each picture."""
    found = [[name for name, changed in changes.items() if torch.equal(changed, picture)] for picture in pictures]
    assert all(len(names) == 1 for names in found)
    return list(itertools.chain.from_iterable(found))


@pytest.fixture
def square() -> Tensor:
    return torch.rand(3, 8, 8, generator=torch.Generator().manual_seed(0))


def test_half_of_the_pictures_are_mirrored_by_default(square: Tensor):
    pictures = Flips(FlipsConfig())(square.expand(1000, -1, -1, -1), Draws(5, "augment", 0, 1000))
    names = which(pictures, {"as it is": square, "mirrored": square.flip(2)})
    assert 450 < names.count("mirrored") < 550


def test_top_and_bottom_are_exchanged_as_often_as_said(square: Tensor):
    names = which(flipped(square.expand(1000, -1, -1, -1), vertical=0.2), {"no": square, "yes": square.flip(1)})
    assert 150 < names.count("yes") < 250


def test_turns_are_by_one_two_and_three_quarters_alike(square: Tensor):
    turned = flipped(square.expand(1000, -1, -1, -1), quarter_turns=0.75)
    names = which(turned, {str(quarters): square.rot90(quarters, (1, 2)) for quarters in range(4)})
    assert all(200 < names.count(str(quarters)) < 300 for quarters in range(4))


def test_turns_and_flips_together_reach_every_way_to_lay_a_square(square: Tensor):
    pictures = flipped(square.expand(400, -1, -1, -1), horizontal=0.5, vertical=0.5, quarter_turns=0.75)
    ways = {
        f"{mirrored}{k}": x.rot90(k, (1, 2)) for mirrored, x in (("", square), ("m", square.flip(2))) for k in range(4)
    }
    assert set(which(pictures, ways)) == set(ways)


def test_a_picture_that_is_not_square_is_turned_by_half():
    wide = torch.rand(3, 8, 16, generator=torch.Generator().manual_seed(0))
    names = which(flipped(wide.expand(100, -1, -1, -1), quarter_turns=0.5), {"no": wide, "yes": wide.flip(1, 2)})
    assert 30 < names.count("yes") < 70


def test_penalties_may_differentiate_flips_twice():
    pictures = torch.rand(2, 1, 4, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(lambda x: flipped(x, horizontal=0.5, quarter_turns=1.0), (pictures,))
