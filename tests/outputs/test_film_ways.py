"""Ways that films go, and how fast: exact keys, exact loops, steps that are even to the eye."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from artgen.contracts import Painted, PictureShape
from artgen.errors import ArtgenError, InterruptedRun
from artgen.latents.loops import Circle, NoiseLoop
from artgen.latents.paths import Space, ThereAndBack, circle, noise_loop, through_seeds
from artgen.latents.sampler import Sampler
from artgen.latents.timing import EASINGS, Easing, Pace, Timing, steady_pace, there_and_back, timing_of
from artgen.outputs.films.config import InterpolationConfig, Way
from artgen.outputs.films.pacing import pace_along, timings_of
from artgen.outputs.films.reel import Reel
from artgen.runs.store import Run
from tests.outputs.conditional import conditional_sampler
from tests.outputs.films import steps
from tests.outputs.networks import sampler

WAYS: tuple[Way, ...] = ("spline", "slerp", "linear", "circle", "noise")


def way_of(way: Way, source: Sampler, space: Literal["z", "w"] = "w", *, closed: bool = True) -> Any:
    seeds = [3, 7, 1]
    room = Space(source, seeds, space, truncation=1.0, label=None)
    if way == "circle":
        return circle(room, 3, 7)
    if way == "noise":
        return noise_loop(room, 3, harmonics=3, reach=0.8)
    return through_seeds(room, seeds, way, closed=closed)


@pytest.mark.parametrize("kind", ["transposed", "mapped"])
@pytest.mark.parametrize("space", ["w", "z"])
@pytest.mark.parametrize("way", WAYS)
def test_a_way_shows_its_seeds_and_comes_back_at_its_usual_step(way: Way, space: Literal["z", "w"], kind: str) -> None:
    source = sampler(kind)
    path = way_of(way, source, space)
    assert path.closed
    shown = list(source.along(path.points([0.0, 1.0, float(path.length)])))
    own = list(source.at_seeds([3, 7]))
    assert np.array_equal(shown[0], own[0])
    assert np.array_equal(shown[2], own[0])
    if way != "noise":
        assert np.array_equal(shown[1], own[1])
    pace = steady_pace(path.length, 30)
    moved = steps(list(source.along(path.points(map(pace.position, range(30))))))
    assert moved.min() > 0
    assert moved[-1] < 2 * np.median(moved)


def reel(run: Run) -> Reel:
    return Reel(InterpolationConfig(), "film", run, "interpolation", {})


def test_there_and_back_shows_each_end_once() -> None:
    source = sampler()
    path = ThereAndBack(way_of("spline", source, closed=False))
    assert (path.length, path.closed) == (4, True)
    for frames in (20, 21):  # an odd number has no frame in the middle of the time
        pace = pace_along(path.length, frames, None, closed=True)
        pictures = [picture.tobytes() for picture in source.along(path.points(map(pace.position, range(frames))))]
        ends = [next(source.at_seeds([seed])).tobytes() for seed in (3, 1)]
        assert [pictures.count(end) for end in ends] == [1, 1]
        assert pictures[0] == ends[0]
        assert all(one != other for one, other in pairwise([*pictures, pictures[0]]))
    pace = pace_along(path.length, 20, None, closed=True)
    pictures = list(source.along(path.points(map(pace.position, range(20)))))
    assert all(np.array_equal(pictures[step], pictures[-step]) for step in range(1, 10))


def test_through_z_the_mean_picture_is_not_on_the_way_of_a_generator_with_a_mapping() -> None:
    source = sampler("mapped")
    through_w, through_z = (
        next(iter(way_of("linear", source, space).points([0.5])))[0]
        for space in ("w", "z")  # type: ignore[arg-type]
    )
    keys = source.points([3, 7])
    assert torch.allclose(through_w, keys.mean(0), atol=1e-5)
    assert not torch.allclose(through_z, keys.mean(0), atol=1e-2)


def test_seeds_of_several_classes_have_a_way_through_w_and_none_through_z() -> None:
    source = conditional_sampler()
    seeds = [seed for seed in range(20) if source.label_of(seed) == 0][:1] + [
        seed for seed in range(20) if source.label_of(seed) == 1
    ][:1]
    with pytest.raises(ArtgenError, match="several classes") as caught:
        Space(source, seeds, "z", truncation=1.0, label=None, where="outputs.film.space")
    assert caught.value.where == "outputs.film.space"
    for space in (
        Space(source, seeds, "w", truncation=1.0, label=None),
        Space(source, seeds, "z", truncation=1.0, label=2),
    ):
        path = through_seeds(space, seeds, "spline", closed=False)
        shown = list(source.along(path.points([0.0, 1.0])))
        assert all(map(np.array_equal, shown, source.at_seeds(seeds, 1.0, space.label)))


@pytest.mark.parametrize("easing", EASINGS)
def test_every_easing_begins_and_ends_at_its_keys(easing: Easing) -> None:
    pace = Pace([0, 10, 30], [easing, "linear"])
    assert [pace.position(frame) for frame in (0, 10, 20, 30, 45)] == [0.0, 1.0, 1.5, 2.0, 2.0]
    between = [pace.position(frame) for frame in range(11)]
    assert all(one <= other for one, other in pairwise(between))
    first, last = between[1] - between[0], between[10] - between[9]
    assert {"ease-in": first < last, "ease-out": first > last, "hold": between[9] == 0}.get(easing, True)


def test_a_timing_never_goes_back_and_hits_its_keys() -> None:
    timing = timing_of([0, 0.5, 1, 1.1, 1.5, 2], [0.1, 4, 0, 2, 0.2])
    found = [timing.position(timing.arcs[-1] * share / 200) for share in range(201)]
    assert all(one <= other for one, other in pairwise(found))
    assert [timing.position(timing.at_key(key)) for key in range(3)] == [0, 1, 2]
    back = there_and_back(timing)
    assert back.positions[-1] == 4
    assert back.position(back.arcs[-1] / 2) == 2
    assert back.position(back.arcs[-1] * 0.9) == pytest.approx(4 - back.position(back.arcs[-1] * 0.1))


class Sudden(nn.Module):
    """Paints a disc that stands still for most of the way between latents and then jumps to the other side."""

    latent_size, noise_shapes = 4, {}

    def map(self, z: Tensor) -> Tensor:
        return z

    def synthesize(self, w: Tensor, noise: object = None) -> Painted:
        at = torch.linspace(-1, 1, 32)
        far = (w[:, 0] / w.norm(dim=1)).reshape(-1, 1, 1)
        place = torch.tanh(6 * far)
        disc = (at[None, None] - 0.7 * place).square() + (at[None, :, None] - 0.3 * far).square()
        colours = torch.tensor([1.0, 0.2, -0.6]).reshape(1, 3, 1, 1)
        return Painted(torch.tanh(8 * (0.12 - disc))[:, None] * colours)


def test_at_constant_perceptual_speed_no_step_is_much_larger_than_the_mean_one(run: Run) -> None:
    source = Sampler(Sudden(), PictureShape(32, 32, 3))
    space = Space(source, [0, 1, 4], "w", truncation=1.0, label=None)
    path = through_seeds(space, [0, 1, 4], "slerp", closed=True)
    (timing,) = timings_of([path], source, reel(run))
    ratios = []
    for measured in (None, timing):
        pace = pace_along(path.length, 120, measured, closed=True)
        moved = steps(list(source.along(path.points(map(pace.position, range(120))))))
        ratios.append(float(moved.max() / moved.mean()))
    even, perceptual = ratios
    assert even > 3
    assert perceptual < 1.5


def test_what_was_measured_is_kept_until_the_film_is_finished(run: Run) -> None:
    source = sampler()
    path = way_of("spline", source)
    first = timings_of([path, path], source, reel(run))
    kept = run.artifact_folder("film") / "segments" / "timing.json"
    assert kept.is_file()
    run.interrupted = lambda: pytest.fail("it was measured again")  # type: ignore[assignment, return-value]
    assert timings_of([path, path], source, reel(run)) == first
    assert isinstance(first[0], Timing)


def test_a_user_need_not_wait_until_a_path_was_measured(run: Run) -> None:
    run.interrupted = lambda: True
    source = sampler()
    with pytest.raises(InterruptedRun, match="while the path of a film was measured"):
        timings_of([way_of("spline", source)], source, reel(run))
    assert not (run.artifact_folder("film") / "segments").exists()


def test_where_truncation_leaves_nothing_all_of_a_closed_way_is_the_mean_picture() -> None:
    mean, waves = torch.zeros(4), torch.randn(6, 4, generator=torch.Generator().manual_seed(1))
    for way in (
        Circle(mean, mean, mean, 4),
        NoiseLoop(mean, torch.zeros(6, 4), mean, 0.5, 4),
        NoiseLoop(mean, waves, mean, 0.5, 4),
    ):
        for position in (0.0, 0.3, 1.7):
            assert way.at(position).tolist() == [0, 0, 0, 0]
