"""What losses ask of a picture comes from one look at it."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
import torch

from artgen.backbones.vgg16 import VGG16
from artgen.errors import ArtgenError
from artgen.losses.total_variation import total_variation
from artgen.sight.demands import PixelDemand, gradient
from artgen.sight.sight import Sight
from artgen.sight.styles import place_weights
from artgen.sight.views import PICTURE, View
from tests.engine.looks import ThreeLayers, content_of, demand_of, noise_of, picture_of, sight_of

LAYERS = ("fine", "middle", "coarse")


def test_the_gradient_is_that_of_the_weighted_sum():
    sight = sight_of(ThreeLayers())
    painting, photo, painted = noise_of(1, 3, 30, 30) * 0.5, noise_of(2, 3, 33, 46).flip(3), noise_of(2, 3, 33, 46)
    style = demand_of("gram-style", LAYERS, painting, sight, weight=3.0)
    content = demand_of("content", ["middle"], painting, sight, weight=0.2)
    maps = content_of(photo, [content], sight)
    values, slope = gradient(
        painted, [style, content], sight, content=maps, pixel_demands=[PixelDemand("tv", 0.5, total_variation)]
    )

    leaf = painted.clone().requires_grad_()
    view = View(sight.features(leaf, LAYERS), maps)
    wanted = {
        "gram-style": style.loss.value(style.loss.statistics(style.loss.sums(view)), style.style),
        "content": content.loss.value(content.loss.sums(view)),
        "tv": total_variation(leaf),
    }
    (3.0 * wanted["gram-style"] + 0.2 * wanted["content"] + 0.5 * wanted["tv"]).sum().backward()
    assert values.keys() == wanted.keys()
    for name, value in wanted.items():
        torch.testing.assert_close(values[name], value.detach())
    torch.testing.assert_close(slope, leaf.grad)


def test_all_losses_share_one_look_that_ends_at_the_deepest_layer_asked_for():
    backbone = ThreeLayers()
    sight = sight_of(backbone)
    painting = noise_of(1, 3, 32, 32)
    demands = [
        demand_of("gram-style", ["fine"], painting, sight),
        demand_of("style-moments", ["fine", "middle"], painting, sight),
        demand_of("content", ["middle"], painting, sight),
    ]
    maps = content_of(painting, demands, sight)
    backbone.asked.clear()
    gradient(painting.flip(2), demands, sight, content=maps)
    assert backbone.asked == [{"fine", "middle"}]


def test_frozen_weights_keep_no_gradient(pictures: Path):
    backbone = VGG16()
    sight = sight_of(backbone)
    painting = picture_of(pictures / "church-at-auvers.png", 32, 32)
    gradient(painting.flip(3), [demand_of("gram-style", ["relu2_1"], painting, sight)], sight, content={})
    assert all(weight.grad is None for weight in backbone.parameters())


def test_colours_are_looked_at_without_a_backbone():
    sight = sight_of(None)
    painting = noise_of(1, 3, 20, 20) * 0.3
    picture = noise_of(1, 3, 24, 31)
    values, slope = gradient(picture, [demand_of("histogram", [], painting, sight)], sight, content={})
    assert float(values["histogram"]) > 0
    assert slope.shape == picture.shape
    with pytest.raises(ArtgenError, match="no backbone to see the layer 'fine'"):
        sight.features(picture, ["fine"])


def test_transparent_pictures_are_seen_over_white():
    premultiplied = torch.cat((torch.full((1, 3, 8, 8), -1.0), torch.full((1, 1, 8, 8), -1.0)), dim=1)
    seen = sight_of(None).features(premultiplied, [PICTURE])[PICTURE]
    torch.testing.assert_close(seen, torch.ones(1, 3, 8, 8))


def test_a_picture_does_not_depend_on_its_batch_mates():
    sight = sight_of(ThreeLayers())
    painting, pair = noise_of(1, 3, 32, 32) * 0.5, noise_of(2, 3, 32, 32)
    demand = demand_of("style-moments", LAYERS, painting, sight)
    values, slope = gradient(pair, [demand], sight, content={})
    alone, slope_alone = gradient(pair[1:], [demand], sight, content={})
    torch.testing.assert_close(values["style-moments"][1:], alone["style-moments"])
    torch.testing.assert_close(slope[1:], slope_alone)


def test_losses_are_shown_float32_whatever_the_backbone_computes_in():
    sight = Sight(ThreeLayers(), lambda: torch.autocast("cpu", torch.bfloat16))
    features = sight.features(noise_of(1, 3, 16, 16), LAYERS)
    assert {found.dtype for found in features.values()} == {torch.float32}
    demand = demand_of("gram-style", LAYERS, noise_of(1, 3, 16, 16) * 0.5, sight)
    _, coarse = gradient(noise_of(1, 3, 32, 32), [demand], sight, content={})
    _, exact = gradient(noise_of(1, 3, 32, 32), [demand], Sight(sight.backbone, contextlib.nullcontext), content={})
    assert coarse.dtype == torch.float32
    assert float((coarse - exact).norm() / exact.norm()) < 0.05


def test_computing_blocks_again_changes_nothing(pictures: Path):
    backbone = VGG16()
    painting = picture_of(pictures / "church-at-auvers.png", 48, 40)
    again = Sight(backbone, contextlib.nullcontext, recompute=True)
    assert again.can_recompute
    assert not sight_of(ThreeLayers()).can_recompute
    demand = demand_of("gram-style", ["relu1_1", "relu3_1"], painting, again)
    _, slope = gradient(painting.flip(3), [demand], sight_of(backbone), content={})
    _, slope_again = gradient(painting.flip(3), [demand], again, content={})
    torch.testing.assert_close(slope_again, slope, rtol=1e-4, atol=1e-7)


def test_a_place_weighs_as_much_as_the_pixels_that_it_stands_for():
    """A place is the first pixels, the next the next ones; what is left at the far edge makes none."""
    where = torch.zeros(1, 1, 20, 95)
    where[..., 48:] = 1
    weights = place_weights(where, ["relu1_1", "relu4_1", "relu5_1"], Sight(VGG16(), contextlib.nullcontext))
    assert torch.equal(weights["relu1_1"], where)
    assert weights["relu4_1"].tolist() == [[[[0.0] * 6 + [1.0] * 5] * 2]]
    assert weights["relu5_1"].tolist() == [[[[0.0] * 3 + [1.0] * 2]]]
