"""A picture that is looked at tile by tile has the values and the gradient of the whole, at any size."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from artgen.backbones.config import VGG16Config
from artgen.backbones.vgg16 import VGG16
from artgen.errors import ArtgenError
from artgen.sight.demands import Demand, feature_maps, gradient, sums_of
from artgen.sight.sight import Sight
from artgen.sight.tiles import cut
from tests.engine.looks import ThreeLayers, content_of, demand_of, loss_of, noise_of, picture_of, sight_of

LAYERS = ("fine", "middle", "coarse")
VGG_STYLE = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
KINDS = ["content", "gram-style", "style-moments", "histogram"]


def distance(found: Tensor, wanted: Tensor) -> float:
    return float((found - wanted).norm() / wanted.norm())


def assert_tiles_change_nothing(
    picture: Tensor, demands: list[Demand], sight: Sight, content: dict[str, Tensor], tile_px: int
) -> None:
    values, slope = gradient(picture, demands, sight, content=content)
    tiled_values, tiled_slope = gradient(picture, demands, sight, content=content, tile_px=tile_px)
    for name, value in values.items():
        torch.testing.assert_close(tiled_values[name], value, rtol=1e-4, atol=1e-7)
    assert float(slope.norm()) > 0
    assert distance(tiled_slope, slope) < 1e-4


@pytest.mark.parametrize(
    ("height", "width", "tile_px", "stride"),
    [(64, 64, 32, 16), (101, 139, 48, 16), (37, 16, 16, 16), (61, 83, 24, 4), (33, 97, 1, 8), (20, 19, 7, 1)],
)
def test_every_place_of_every_map_is_in_one_core(height: int, width: int, tile_px: int, stride: int):
    tiles = cut(height, width, tile_px, stride, halo=2 * stride)
    for fine in (step for step in (1, 2, 4, 8, 16) if step <= stride):
        seen = torch.zeros(height // fine, width // fine)
        for tile in tiles:
            seen[tile.of_picture(fine)] += 1
            rows, columns = tile.seen
            of_tile = torch.zeros((rows.stop - rows.start) // fine, (columns.stop - columns.start) // fine)
            assert of_tile[tile.of_tile(fine)].shape == seen[tile.of_picture(fine)].shape
        assert bool((seen == 1).all())


def test_cores_are_no_larger_than_asked_but_for_what_is_left_of_the_last_cell():
    tiles = cut(1000, 1510, 256, 16, halo=64)
    assert max(tile.rows.end - tile.rows.begin for tile in tiles) <= 256 + 15
    assert max(tile.columns.end - tile.columns.begin for tile in tiles) <= 256 + 15
    assert len(tiles) == 4 * 6


@pytest.mark.parametrize("weighted", [False, True], ids=["all alike", "weighted"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_of_tiles_is_that_of_the_whole(kind: str, weighted: bool):
    sight = sight_of(ThreeLayers())
    demand = demand_of(kind, LAYERS, noise_of(1, 3, 50, 41) * 0.5, sight)
    if weighted:
        sizes = {layer: sight.map_size(layer, 61, 83) for layer in demand.loss.layers}
        demand = replace(demand, weights={layer: (noise_of(2, 1, *size) + 1) / 2 for layer, size in sizes.items()})
    content = content_of(noise_of(2, 3, 61, 83), [demand], sight)
    for tile_px in (24, 5, 70):
        assert_tiles_change_nothing(noise_of(2, 3, 61, 83).flip(0), [demand], sight, content, tile_px)


# of two values that differ by rounding alone max pooling takes either, so that its exactness shows in float64 only
@pytest.mark.parametrize(
    ("pooling", "dtype", "width", "height"), [("average", torch.float32, 139, 101), ("max", torch.float64, 91, 37)]
)
def test_the_gradient_of_tiles_is_that_of_the_whole_through_vgg(
    pictures: Path, pooling: str, dtype: torch.dtype, width: int, height: int
):
    sight = sight_of(VGG16(VGG16Config(pooling=pooling)).to(dtype))
    painting = picture_of(pictures / "church-at-auvers.png", 64, 80).to(dtype)
    styles = [demand_of(kind, VGG_STYLE, painting, sight) for kind in ("gram-style", "style-moments", "histogram")]
    demands = [demand_of("content", ["relu4_2"], painting, sight), *styles]
    photo = picture_of(pictures / "astronaut.jpg", width, height).to(dtype)
    content = content_of(photo, demands, sight)
    painted = photo + 0.2 * noise_of(*photo.shape)
    assert_tiles_change_nothing(painted, demands, sight, content, 48)


def test_maps_and_sums_of_tiles_are_those_of_the_whole(pictures: Path):
    sight = sight_of(ThreeLayers())
    photo = picture_of(pictures / "coffee.jpg", 83, 61)
    for layer, found in feature_maps(photo, LAYERS, sight, tile_px=20).items():
        torch.testing.assert_close(found, sight.features(photo, LAYERS)[layer])
    loss = loss_of("gram-style", LAYERS)
    whole = sums_of(photo, loss, sight, weights={})
    for key, found in sums_of(photo, loss, sight, weights={}, tile_px=20).items():
        torch.testing.assert_close(found, whole[key])
        assert not found.requires_grad


def test_a_picture_that_fits_one_tile_is_looked_at_once():
    backbone = ThreeLayers()
    demand = demand_of("gram-style", LAYERS, noise_of(1, 3, 40, 40), sight_of(backbone))
    backbone.asked.clear()
    gradient(noise_of(1, 3, 48, 40), [demand], sight_of(backbone), content={}, tile_px=48)
    assert len(backbone.asked) == 1


class FarSighted(ThreeLayers):
    """A backbone that does not say how far it sees."""

    reach = None


def test_a_backbone_that_does_not_say_how_far_it_sees_cannot_look_at_tiles():
    sight = sight_of(FarSighted())
    demand = demand_of("gram-style", LAYERS, noise_of(1, 3, 40, 40), sight)
    picture = noise_of(1, 3, 48, 40)
    gradient(picture, [demand], sight, content={})
    with pytest.raises(ArtgenError, match="FarSighted does not say the reach of"):
        gradient(picture, [demand], sight, content={}, tile_px=16)
