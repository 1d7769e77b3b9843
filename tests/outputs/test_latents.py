from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from artgen.contracts import Painted, PictureShape
from artgen.engine.checkpoint import write_checkpoint
from artgen.engine.networks import build_network
from artgen.engine.painting import open_sampler
from artgen.errors import ArtgenError
from artgen.job import read_job
from artgen.latents.interpolate import LatentPath, Way, slerp
from artgen.latents.sampler import Sampler, to_bytes
from artgen.latents.seeds import class_of, describe_seeds, parse_seeds
from tests.data.sample_pictures import PICTURES
from tests.outputs.conditional import conditional_sampler
from tests.outputs.networks import sampler
from tests.tiny_job import TINY_JOB

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


@pytest.mark.parametrize("normal_size", [0, 7, 64])
@pytest.mark.parametrize("way", ["spline", "slerp", "linear"])
def test_a_closed_path_goes_through_its_keys_and_ends_where_it_began(normal_size: int, way: Way) -> None:
    keys = torch.randn(4, 32, generator=torch.Generator().manual_seed(1))
    path = LatentPath(keys, normal_size=normal_size, closed=True, way=way)
    frames = [path.at(step / 10) for step in range(40)]
    assert all(torch.equal(frames[10 * key], keys[key]) for key in range(4))
    assert torch.equal(path.at(4.0), frames[0])
    assert not torch.equal(frames[39], frames[0])
    assert torch.allclose(path.at(4 - 1e-4), keys[0], atol=1e-2)


@pytest.mark.parametrize("normal_size", [0, 7, 64])
def test_a_smooth_path_has_no_corner_at_its_keys(normal_size: int) -> None:
    keys = torch.randn(5, 64, generator=torch.Generator().manual_seed(2)).double()

    def turn(way: Way) -> float:
        path = LatentPath(keys, normal_size=normal_size, way=way)
        step = 1e-3
        before, after = path.at(2.0) - path.at(2 - step), path.at(2 + step) - path.at(2.0)
        return float(torch.cosine_similarity(before, after, dim=0))

    assert turn("spline") > 0.999
    assert turn("slerp") < 0.9


def test_between_classes_what_is_normal_stays_on_its_sphere_and_the_class_goes_straight() -> None:
    keys = torch.cat((torch.randn(2, 64, generator=torch.Generator().manual_seed(4)), torch.eye(2)), dim=1)
    middle = LatentPath(keys, normal_size=64, closed=False, way="slerp").at(0.5)
    assert torch.equal(LatentPath(keys, normal_size=64, closed=True, way="spline").at(0.5), middle)
    assert torch.allclose(middle[:64], slerp(keys[0, :64].double(), keys[1, :64].double(), 0.5).float())
    assert middle[64:].tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("source", "size"),
    [(sampler("transposed"), 12), (sampler("mapped"), 0), (conditional_sampler(), 0)],
    ids=["unmapped", "mapped", "mapped classes"],
)
def test_a_sampler_knows_which_numbers_of_w_are_the_latent_itself(source: Sampler, size: int) -> None:
    assert source.normal_size == size


def test_an_open_path_ends_on_its_last_key() -> None:
    keys = torch.randn(3, 16, generator=torch.Generator().manual_seed(3))
    path = LatentPath(keys, normal_size=16, closed=False)
    assert path.length == 2
    assert torch.equal(path.at(0), keys[0])
    assert torch.equal(path.at(2), keys[2])


def test_a_seed_of_a_class_is_the_same_bytes_at_every_place_and_however_the_class_is_named() -> None:
    source = conditional_sampler()
    classes = [source.label_of(seed) for seed in range(30)]
    assert set(classes) == {0, 1, 2}
    assert classes == [conditional_sampler().label_of(seed) for seed in range(30)]
    for truncation in (1.0, 0.6):
        mixed = list(source.at_seeds(range(30), truncation))
        for label in range(3):
            of_class = list(source.at_seeds(range(30), truncation, label))
            assert [np.array_equal(*pair) for pair in zip(mixed, of_class, strict=True)] == [
                own == label for own in classes
            ]
            assert np.array_equal(next(source.at_seeds([7], truncation, label)), of_class[7])
        each = list(source.at_seeds(range(30), truncation, [seed % 3 for seed in range(30)]))
        assert np.array_equal(each[8], next(source.at_seeds([8], truncation, 2)))
        points = source.points([7, 9], truncation, 1)
        along = list(source.along([(points[0], 7), (points[1], 9)]))
        assert all(map(np.array_equal, along, source.at_seeds([7, 9], truncation, 1)))


def test_truncation_leaves_a_picture_its_class() -> None:
    source = conditional_sampler()
    none_left = [source.points(range(12), 0.0, label) for label in range(3)]
    assert all(points.std(0).max() < 1e-5 for points in none_left)
    assert not any(torch.allclose(none_left[a][0], none_left[b][0], atol=0.1) for a, b in ((0, 1), (1, 2), (0, 2)))
    own = [source.label_of(seed) for seed in range(12)]
    assert torch.equal(source.points(range(12), 0.0), torch.stack([none_left[label][0] for label in own]))  # type: ignore[index]


def test_each_class_is_as_likely_for_a_seed() -> None:
    counts = np.bincount([class_of(seed, 4) for seed in range(2000)])
    assert (abs(counts - 500) < 4 * (2000 * 0.25 * 0.75) ** 0.5).all()


class Growing(nn.Module):
    """Paints the 8×8 pictures of an earlier stage: left black, right white."""

    latent_size, noise_shapes = 4, {}

    def map(self, z: torch.Tensor) -> torch.Tensor:
        return z

    def synthesize(self, w: torch.Tensor, noise: object = None) -> Painted:
        edge = torch.tensor([-1.0, 1.0]).repeat_interleave(4)
        return Painted(edge.expand(len(w), 4, 8, 8))


def test_small_pictures_of_an_early_stage_are_enlarged_smoothly() -> None:
    picture = next(Sampler(Growing(), PictureShape(32, 16, 4)).at_seeds([1]))
    assert picture.shape == (16, 32, 4)
    alpha = picture[0, :, 3].astype(int)
    assert (np.diff(alpha) >= 0).all()
    assert (alpha[0], alpha[-1]) == (0, 255)
    assert len(set(alpha)) > 3
    assert (picture[0, alpha > 8, 0] > 240).all()  # white under the edge of its transparency, not grey


class Hungry(nn.Module):
    """Needs more memory than there is for more than `room` pictures."""

    latent_size, noise_shapes = 4, {}

    def __init__(self, room: int, error: type[RuntimeError] = torch.OutOfMemoryError) -> None:
        super().__init__()
        self.room = room
        self.error = error

    def map(self, z: torch.Tensor) -> torch.Tensor:
        return z

    def synthesize(self, w: torch.Tensor, noise: object = None) -> Painted:
        if len(w) > self.room:
            raise self.error("the backend is out of memory")
        return Painted(w.mean(1).reshape(-1, 1, 1, 1).tanh().expand(-1, 3, 16, 16))


@pytest.mark.parametrize(("room", "told"), [(8, []), (4, [4]), (3, [4, 2]), (1, [4, 2, 1])])
@pytest.mark.parametrize("error", [torch.OutOfMemoryError, RuntimeError])
def test_where_memory_is_short_fewer_are_painted_at_a_time(
    room: int, told: list[int], error: type[RuntimeError]
) -> None:
    warnings: list[str] = []
    source = Sampler(Hungry(room, error), PictureShape(16, 16, 3), warn=warnings.append)
    assert all(map(np.array_equal, source.at_seeds(range(11)), Sampler(Hungry(8), source.shape).at_seeds(range(11))))
    assert source.micro_batch == (told[-1] if told else 8)
    assert [f"painting {count} at a time" in text for count, text in zip(told, warnings, strict=True)] == [True] * len(
        told
    )
    assert all("last bits" in text for text in warnings)


def test_memory_that_goes_short_on_the_way_loses_and_doubles_nothing() -> None:
    network = Hungry(8)
    source = Sampler(network, PictureShape(16, 16, 3), warn=lambda _text: None)
    pictures = []
    for index, picture in enumerate(source.at_seeds(range(20))):
        if index == 9:
            network.room = 2
        pictures.append(picture)
    assert all(map(np.array_equal, pictures, Sampler(Hungry(8), source.shape).at_seeds(range(20))))
    assert len(pictures) == 20


def test_without_memory_for_one_picture_it_says_what_to_do() -> None:
    source = Sampler(Hungry(0), PictureShape(16, 16, 3), warn=lambda _text: None)
    with pytest.raises(ArtgenError, match="one picture at a time") as caught:
        next(source.at_seeds([1]))
    assert "--device cpu" in caught.value.hint


def test_other_errors_of_a_generator_are_not_taken_for_a_lack_of_memory() -> None:
    class Broken(Hungry):
        def synthesize(self, w: torch.Tensor, noise: object = None) -> Painted:
            raise RuntimeError("shapes do not fit")

    with pytest.raises(RuntimeError, match="shapes do not fit"):
        next(Sampler(Broken(8), PictureShape(16, 16, 3)).at_seeds([1]))


def test_a_checkpoint_with_classes_in_the_middle_of_growing_is_opened_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "job.toml"
    file.write_text(TINY_JOB.format(pictures=PICTURES.as_posix()), encoding="utf-8")
    (job,) = read_job(file, sets=("generator.growing=true",))
    shape = PictureShape(16, 16, 3, classes=2)
    generator = build_network(job.generator, shape, 0, torch.device("cpu")).eval()
    for parameter in generator.parameters():
        parameter.data.mul_(20)
    generator.set_stage(8, 0.5)  # type: ignore[operator]
    state = {"step": 1, "images": 4, "classes": ["cats", "dogs"], "stage": {"size": 8, "fade": 0.5}}
    checkpoint = write_checkpoint(tmp_path / "checkpoints", {"ema": generator.state_dict()}, state)
    opened = open_sampler(job, checkpoint)
    assert opened.classes == ("cats", "dogs")
    pictures = list(opened.at_seeds(range(8)))
    assert pictures[0].shape == (16, 16, 3)
    assert all(map(np.array_equal, pictures, Sampler(generator, shape).at_seeds(range(8))))
    assert opened.normal_size == 8
    generator.set_stage(16, 1.0)  # type: ignore[operator]
    assert not all(map(np.array_equal, pictures, Sampler(generator, shape).at_seeds(range(8))))
