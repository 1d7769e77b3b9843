"""Pictures beside those that are like them."""

from __future__ import annotations

import numpy as np
import torch
from artgen.quality.diversity import distances

from artgen_timm.backbone import Timm
from artgen_timm.likeness import in_order, vectors


def test_an_order_by_likeness_goes_from_neighbour_to_neighbour() -> None:
    places = torch.tensor([[4.0], [0.0], [10.0], [1.0], [9.0], [2.0]])
    order = in_order(distances(places, places))
    assert [places[index].item() for index in order] == [10, 9, 4, 2, 1, 0]


def test_copies_are_no_distance_apart_and_pictures_of_one_kind_are_nearer(backbone: Timm) -> None:
    chance = np.random.default_rng(0)
    grain = [chance.integers(0, 256, (24, 24, 3), np.uint8) for _ in range(3)]
    flat = [np.full((24, 24, 3), value, np.uint8) for value in (40, 80, 200)]
    found = vectors([*grain, *flat, flat[0]], backbone, ["layer2", "layer3"])
    apart = distances(found, found)
    assert found.shape[0] == 7
    assert torch.allclose(found.norm(dim=1), torch.full((7,), 2**0.5))
    assert float((found[3] - found[6]).norm()) < 1e-6
    assert float(apart[:3, :3].max()) < float(apart[:3, 3:].min())


def test_transparent_pictures_are_seen_over_the_background(backbone: Timm) -> None:
    chance = np.random.default_rng(0)
    clear = chance.integers(0, 256, (20, 28, 4), np.uint8)
    clear[:10, :, 3], clear[10:, :, 3] = 0, 255
    white = clear[:, :, :3].copy()
    white[:10] = 255
    straight = vectors([clear], backbone, ["layer2"])
    assert torch.allclose(straight, vectors([white], backbone, ["layer2"]), atol=1e-5)
    clear[:10, :, :3] = 0
    assert torch.allclose(straight, vectors([clear], backbone, ["layer2"], premultiplied=True), atol=1e-6)
