"""What stylizers begin with: the shipped weights of one that has practised on other paintings."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from artgen.backbones.vgg16 import VGG16
from artgen.contracts import PictureShape
from artgen.data.artwork import read_artwork
from artgen.data.headers import fitted
from artgen.errors import ArtgenError
from artgen.generators.config import StylizerConfig
from artgen.generators.practised import WEIGHTS, take_over
from artgen.generators.stylizer import Stylizer
from artgen.losses.config import StyleMomentsConfig
from artgen.losses.style_moments import StyleMoments
from artgen.sight.demands import Demand, gradient
from artgen.sight.sight import Sight
from artgen.sight.styles import prepared_style, style_picture

ART = Path(__file__).parents[2] / "gallery" / "06-castle-in-arles"
PAINTING = ART / "paintings" / "cafe-terrace-at-night.webp"


def built(styles: int = 0, seed: int = 1, **options: int | bool) -> Stylizer:
    torch.manual_seed(seed)
    return Stylizer(StylizerConfig(**options), PictureShape(32, 32, 3, styles))


def test_usual_stylizers_begin_with_what_was_learned_whatever_the_seed_and_every_style_alike():
    first, second, several = built(), built(seed=2), built(3)
    for name, parameter in several.named_parameters():
        one = first.get_parameter(name)
        assert torch.equal(one, second.get_parameter(name))
        assert torch.equal(parameter, one.expand_as(parameter))


@pytest.mark.parametrize("options", [{"practised": False}, {"width": 12}, {"blocks": 3}], ids=str)
def test_others_begin_by_chance(options: dict[str, int | bool]):
    first, second = built(**options), built(seed=2, **options)
    assert not torch.equal(first.last.weight, second.last.weight)


def test_it_is_nearer_to_a_painting_that_it_has_not_seen_before_it_practises():
    art = read_artwork(ART / "photos" / "coffee.jpg")
    photograph = art.at(*reversed(fitted(art.height, art.width, 128)))[:, :, :80]
    with torch.no_grad():
        practised, not_practised = (built(practised=known).eval()(photograph).picture for known in (True, False))
    away = from_painting()
    assert away(practised) < 0.6 * away(photograph) < away(not_practised)


def from_painting() -> Callable[[Tensor], float]:
    """How far pictures are from the café terrace."""
    loss = StyleMoments(StyleMomentsConfig(images=[str(PAINTING)], layers=["relu1_1", "relu2_1", "relu3_1"]))
    sight = Sight(VGG16(), contextlib.nullcontext)
    style = prepared_style([style_picture(read_artwork(PAINTING), 128, 1.6)], [], loss, sight)
    demand = Demand("style-moments", loss, 1.0, style)
    return lambda picture: float(gradient(picture, [demand], sight, content={})[0]["style-moments"])


def test_damaged_weights_are_an_error_that_says_what_to_do(tmp_path: Path):
    damaged = tmp_path / "practised.safetensors"
    data = bytearray(WEIGHTS.read_bytes())
    data[-1] ^= 1
    damaged.write_bytes(data)
    with pytest.raises(ArtgenError, match="the weights of stylizer are damaged") as raised:
        take_over(built(), weights=damaged)
    assert "pip install" in raised.value.hint
