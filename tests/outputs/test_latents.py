from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from artgen.contracts import Painted, PictureShape
from artgen.latents.interpolate import LatentPath, slerp
from artgen.latents.sampler import Sampler, to_bytes
from artgen.latents.seeds import describe_seeds, parse_seeds
from tests.outputs.networks import sampler

KINDS = ["transposed", "resize", "spectral", "dense", "mapped"]


def test_seeds_are_read_as_people_write_them() -> None:
    assert parse_seeds("0-3") == [0, 1, 2, 3]
    assert parse_seeds(" 1, 2 ,5 - 7,") == [1, 2, 5, 6, 7]
    assert parse_seeds([4, 4, 1]) == [4, 4, 1]
    assert parse_seeds(7) == [7]
    assert describe_seeds([0, 1, 2, 3, 9, 11, 12]) == "0-3,9,11-12"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1,x", "'x' is no seed"),
        ("-3", "'-3' is no seed"),
        ("9-2", "runs backwards; write '2-9'"),
        ("", "no seeds given"),
        ("0-99999999999", "more than 1,000,000"),
        (str(2**70), "seeds run from 0"),
    ],
)
def test_a_wrong_list_of_seeds_says_what_is_wrong(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told.replace("(", r"\(")):
        parse_seeds(text)


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_is_the_same_bytes_at_every_place_and_beside_any_others(kind: str) -> None:
    source = sampler(kind)
    alone = next(source.at_seeds([7]))
    assert alone.std() > 1
    for place in range(8):
        seeds = [*range(100, 100 + place), 7, *range(200, 207)]
        assert np.array_equal(list(source.at_seeds(seeds))[place], alone)


@pytest.mark.parametrize("kind", KINDS)
def test_a_point_of_a_path_is_painted_like_its_seed(kind: str) -> None:
    source = sampler(kind)
    for truncation in (1.0, 0.6):
        points = source.points([3, 7], truncation)
        along = list(source.along([(points[0], 3), (points[1], 7)]))
        assert all(map(np.array_equal, along, source.at_seeds([3, 7], truncation)))


class PlaceDependent(nn.Module):
    """Paints each place of a batch a bit differently, as some kernels do."""

    latent_size, noise_shapes = 4, {}

    def map(self, z: torch.Tensor) -> torch.Tensor:
        return z

    def synthesize(self, w: torch.Tensor, noise: object = None) -> Painted:
        places = torch.arange(len(w)).reshape(-1, 1, 1, 1) * 0.05
        return Painted((w.mean(1).reshape(-1, 1, 1, 1) + places).tanh().expand(-1, 3, 16, 16))


def test_where_places_differ_every_picture_is_painted_in_the_first() -> None:
    source = Sampler(PlaceDependent(), PictureShape(16, 16, 3))
    alone = next(source.at_seeds([7]))
    assert np.array_equal(list(source.at_seeds(range(8)))[7], alone)


@pytest.mark.parametrize("kind", ["transposed", "mapped"])
def test_truncation_pulls_all_pictures_together(kind: str) -> None:
    source = sampler(kind)
    spread = [float(source.points(range(32), psi).std(0).mean()) for psi in (1.0, 0.5, 0.0)]
    assert spread[0] * 0.5 == pytest.approx(spread[1], rel=1e-3)
    assert spread[2] == pytest.approx(0, abs=1e-5)


def test_transparency_is_straight_when_it_is_written() -> None:
    red_half = torch.tensor([0.5 * 2 - 1, -1.0, -1.0, 0.5 * 2 - 1]).reshape(1, 4, 1, 1)  # premultiplied: 0.5 red
    clear = torch.full((1, 4, 1, 1), -1.0)
    assert to_bytes(red_half)[0, 0, 0].tolist() == [255, 0, 0, 128]
    assert to_bytes(clear)[0, 0, 0].tolist() == [0, 0, 0, 0]


def test_slerp_keeps_to_the_sphere_and_interpolates_the_length() -> None:
    start, end = 3 * torch.eye(8)[0], 5 * torch.eye(8)[1]
    middle = slerp(start, end, 0.5)
    assert middle.norm() == pytest.approx(4)
    assert middle[0] == pytest.approx(middle[1])


@pytest.mark.parametrize("normal", [True, False])
@pytest.mark.parametrize("smooth", [True, False])
def test_a_closed_path_goes_through_its_keys_and_ends_where_it_began(normal: bool, smooth: bool) -> None:
    keys = torch.randn(4, 32, generator=torch.Generator().manual_seed(1))
    path = LatentPath(keys, normal=normal, closed=True, smooth=smooth)
    frames = list(path.frames(40))
    assert all(torch.equal(frames[10 * key], keys[key]) for key in range(4))
    assert torch.equal(path.at(4.0), frames[0])
    assert not torch.equal(frames[39], frames[0])
    assert torch.allclose(path.at(4 - 1e-4), keys[0], atol=1e-2)
    assert [torch.equal(a, b) for a, b in zip(path.frames(40, 16, 24), frames[16:24], strict=True)] == [True] * 8


@pytest.mark.parametrize("normal", [True, False])
def test_a_smooth_path_has_no_corner_at_its_keys(normal: bool) -> None:
    keys = torch.randn(5, 64, generator=torch.Generator().manual_seed(2)).double()

    def turn(smooth: bool) -> float:
        path = LatentPath(keys, normal=normal, smooth=smooth)
        step = 1e-3
        before, after = path.at(2.0) - path.at(2 - step), path.at(2 + step) - path.at(2.0)
        return float(torch.cosine_similarity(before, after, dim=0))

    assert turn(smooth=True) > 0.999
    assert turn(smooth=False) < 0.9


def test_an_open_path_ends_on_its_last_key() -> None:
    keys = torch.randn(3, 16, generator=torch.Generator().manual_seed(3))
    frames = list(LatentPath(keys, normal=True, closed=False).frames(11))
    assert torch.equal(frames[0], keys[0])
    assert torch.equal(frames[-1], keys[2])
