from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from torch import Tensor

from artgen.backbones.config import VGG16Config
from artgen.backbones.vgg16 import VGG16
from artgen.quality.bootstrap import pair_mean, picture_counts
from artgen.quality.config import QualityConfig
from artgen.quality.diversity import distances, diversity
from artgen.quality.exam import Exam
from artgen.quality.features import features, over_white
from artgen.quality.frechet import frechet_distance
from artgen.quality.kid import kernel_distance
from artgen.quality.manifold import precision_and_recall, radii
from artgen.quality.nearest import nearest, nearest_other
from artgen.quality.swd import SlicedWasserstein
from tests.bench import kid_vgg_reference

Pixels = NDArray[np.uint8]


@pytest.fixture(scope="module")
def network() -> VGG16:
    return VGG16(VGG16Config(pooling="max"))


@pytest.fixture(scope="module")
def crops() -> Pixels:
    """40 real pictures of 64×64: five places of each of eight."""
    folder = Path(__file__).parents[1] / "data" / "pictures"
    found = []
    for path in sorted(path for path in folder.iterdir() if path.suffix != ".md"):
        with Image.open(path) as image:
            rgba = image.convert("RGBA")
        whole = Image.new("RGBA", rgba.size, (255,) * 4)
        whole.alpha_composite(rgba)
        whole = whole.convert("RGB").resize((96, 96), Image.Resampling.LANCZOS)
        places = ((0, 0), (32, 0), (0, 32), (32, 32), (16, 16))
        found += [np.asarray(whole.crop((x, y, x + 64, y + 64))) for x, y in places]
    return np.stack(found)


@pytest.fixture(scope="module")
def exam(crops: Pixels) -> Exam:
    return Exam(crops[::2])


def blurred(pictures: Pixels, radius: float) -> Pixels:
    return np.stack([np.asarray(Image.fromarray(p).filter(ImageFilter.GaussianBlur(radius))) for p in pictures])


def test_features_and_kernel_distance_are_those_of_the_definition(network: VGG16, crops: Pixels):
    real, fake = crops[:3], blurred(crops[10:14], 2)
    ours, theirs = features(real, network), kid_vgg_reference.features(real)
    assert np.abs(ours.numpy() - theirs).max() < 1e-5
    expected = kid_vgg_reference.kid(theirs, kid_vgg_reference.features(fake))
    found = kernel_distance(ours, features(fake, network))
    assert found.value == pytest.approx(expected, abs=1e-5)
    assert found.low < found.value < found.high


def test_a_feature_is_a_pictures_own(network: VGG16, crops: Pixels):
    torch.testing.assert_close(features(crops[:4], network)[2:3], features(crops[2:3], network), rtol=0, atol=1e-6)


def test_transparent_grey_and_oblong_pictures_are_measured_as_they_are_seen(network: VGG16, crops: Pixels):
    opaque = np.concatenate((crops[:1], np.full((1, 64, 64, 1), 255, np.uint8)), axis=3)
    assert torch.equal(features(opaque, network), features(crops[:1], network))
    oblong = np.pad(crops[:1], ((0, 0), (0, 0), (16, 16), (0, 0)))
    assert torch.equal(features(oblong, network), features(crops[:1], network))
    gray = crops[:1, :, :, :1]
    assert torch.equal(features(gray, network), features(gray.repeat(3, axis=3), network))


def test_straight_and_premultiplied_transparency_are_the_same_over_white():
    levels = np.arange(256, dtype=np.uint8)
    color, alpha = np.meshgrid(levels, levels)
    straight = np.stack((color, color, color, alpha), axis=2)[None]
    multiplied = np.round(straight[..., :3] * (straight[..., 3:] / 255.0)).astype(np.uint8)
    premultiplied = np.concatenate((multiplied, straight[..., 3:]), axis=3)
    exact = straight[..., :3] * (straight[..., 3:] / 255.0) + 255.0 - straight[..., 3:]
    assert np.abs(over_white(straight, premultiplied=False) - exact).max() <= 0.5
    assert np.abs(over_white(premultiplied, premultiplied=True) - exact).max() <= 0.5 + 1e-9


def test_two_halves_of_the_same_pictures_are_near_and_blur_drives_them_apart(exam: Exam, crops: Pixels):
    other_half = crops[1::4]
    measures = [exam.measure(pictures) for pictures in (other_half, blurred(other_half, 1), blurred(other_half, 4))]
    for name in ("kid_vgg", "fd_vgg", "swd"):
        assert measures[0][name].value < measures[1][name].value < measures[2][name].value, name
    assert abs(measures[0]["kid_vgg"].value) < 0.02
    assert measures[2]["kid_vgg"].low > 0.05
    assert set(measures[0]) == {"kid_vgg", "fd_vgg", "swd", "precision", "recall", "diversity", "nearest"}
    for name in ("precision", "recall"):
        assert measures[0][name].value > 0.8 > 0.3 > measures[2][name].value, name
    assert 0.8 < measures[0]["diversity"].value < 1.2
    for measure in measures[0].values():
        assert measure.low <= measure.value <= measure.high


def test_copies_of_training_pictures_show_in_nearest_and_one_picture_in_diversity(exam: Exam, crops: Pixels):
    copies = exam.measure(crops[::2][:5])
    assert copies["nearest"].value < 1e-3
    repeated = exam.measure(np.repeat(crops[:1], 6, axis=0))
    assert repeated["diversity"].value < 0.02
    assert repeated["precision"].value == 1
    assert repeated["recall"].value < 0.1


def test_the_nearest_training_picture_can_be_shown_and_only_copies_are_close(exam: Exam, crops: Pixels):
    noise = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3)).astype(np.uint8)
    found = exam.examine(np.concatenate((crops[[4, 0, 10]], noise)))
    assert found.nearest.index[:3].tolist() == [2, 0, 5]
    assert found.nearest.distance[:3].max() < 1e-3
    assert (found.nearest.distance < found.close).tolist() == [True, True, True, False, False]


def test_leaving_one_out_never_finds_itself():
    vectors = torch.tensor([[0.0, 0.0], [1.0, 0.0], [5.0, 0.0]])
    found = nearest_other(vectors)
    assert found.index.tolist() == [1, 0, 1]
    assert found.distance.tolist() == [1.0, 1.0, 4.0]
    assert nearest(vectors + 0.25, vectors).index.tolist() == [0, 1, 2]


def test_copies_are_left_out_where_they_are_not_asked_for():
    vectors = torch.tensor([[0.0, 0.0], [0.0, 0.0], [1.0, 0.0], [1.002, 0.0]])
    assert nearest_other(vectors).index.tolist() == [2, 2, 0, 0]
    found = nearest_other(vectors, copies=True)
    assert found.index.tolist() == [1, 0, 3, 2]
    assert found.distance.tolist() == pytest.approx([0, 0, 0.002, 0.002], abs=1e-6)


def test_diversity_is_the_mean_distance_of_pairs():
    vectors = torch.tensor([[0.0, 0.0], [3.0, 0.0], [0.0, 4.0]])
    assert diversity(vectors).value == pytest.approx((3 + 4 + 5) / 3)


def test_a_resample_weighs_pairs_as_repeated_pictures_would_without_pairs_of_one():
    pairs = torch.rand(5, 5, dtype=torch.float64)
    drawn = [0, 2, 2, 4, 1]
    counts = torch.bincount(torch.tensor(drawn), minlength=5)[None].double()
    expected = [pairs[i, j] for i in drawn for j in drawn if i != j]
    assert pair_mean(pairs, counts).item() == pytest.approx(float(sum(expected) / len(expected)))
    assert (picture_counts(7, 20).sum(dim=1) == 7).all()


def explicit_frechet_distance(x: Tensor, y: Tensor) -> float:
    """By d×d covariances: the square root of a product of two through that of one, which is symmetric."""

    def root(matrix: Tensor) -> Tensor:
        values, vectors = torch.linalg.eigh(matrix)
        return vectors * values.clamp_min(0).sqrt() @ vectors.T

    half = root(x.T.cov())
    common = root(half @ y.T.cov() @ half)
    shift = (x.mean(dim=0) - y.mean(dim=0)).square().sum()
    return (shift + (x.T.cov() + y.T.cov() - 2 * common).trace()).item()


@pytest.mark.parametrize(("count", "other", "dimension"), [(40, 60, 5), (60, 9, 5), (12, 9, 30), (2, 50, 8)], ids=str)
def test_frechet_distance_is_that_of_explicit_covariances(count: int, other: int, dimension: int):
    draws = torch.Generator().manual_seed(1)
    x = torch.randn(count, dimension, generator=draws, dtype=torch.float64)
    y = torch.randn(other, dimension, generator=draws, dtype=torch.float64) * 1.5 + 0.3
    assert frechet_distance(x, y).value == pytest.approx(explicit_frechet_distance(x, y), rel=1e-6)
    assert frechet_distance(x, x).value == pytest.approx(0, abs=1e-9)


def test_the_interval_of_the_frechet_distance_is_that_of_real_resamples():
    draws = torch.Generator().manual_seed(2)
    x, y = (torch.randn(300, 3, generator=draws, dtype=torch.float64) + shift for shift in (0.0, 0.4))
    values = [explicit_frechet_distance(x, y[torch.randint(300, (300,), generator=draws)]) for _ in range(400)]
    low, high = np.quantile(values, (0.025, 0.975))
    found = frechet_distance(x, y)
    assert found.high - found.low == pytest.approx(high - low, rel=0.2)


@pytest.mark.parametrize(("reals", "fakes"), [(50, 30), (6, 40), (5, 2), (2, 2)], ids=str)
def test_precision_and_recall_count_who_lies_in_whose_ball(reals: int, fakes: int):
    draws = np.random.default_rng(3)
    x, y = draws.normal(size=(reals, 4)), draws.normal(size=(fakes, 4)) * 1.3 + 0.5

    def share_inside(points: NDArray[np.float64], balls: NDArray[np.float64]) -> float:
        inside = np.zeros(len(points), bool)
        for center in balls:
            others = sorted(float(np.linalg.norm(center - other)) for other in balls)
            radius = others[min(3, len(balls) - 1)]  # the first of them is the centre itself
            inside |= np.linalg.norm(points - center, axis=1) <= radius
        return float(inside.mean())

    real, fake = torch.tensor(x), torch.tensor(y)
    precision, recall = precision_and_recall(distances(fake, real), radii(real), radii(fake))
    assert precision.value == pytest.approx(share_inside(y, x))
    assert recall.value == pytest.approx(share_inside(x, y))
    for measure in (precision, recall):
        assert 0 <= measure.low <= measure.value <= measure.high <= 1


def test_sliced_wasserstein_is_0_for_the_same_pictures_and_grows_with_blur_and_colour(
    crops: Pixels, monkeypatch: pytest.MonkeyPatch
):
    swd = SlicedWasserstein(crops)
    assert swd.measure(crops).value == 0
    shorter = swd.measure(blurred(crops, 1.0)).value
    monkeypatch.setattr("artgen.quality.swd._AT_A_TIME", 7)
    assert SlicedWasserstein(crops).measure(blurred(crops, 1.0)).value == shorter, (
        "however many are taken apart at once"
    )
    values = [swd.measure(blurred(crops, radius)).value for radius in (0.5, 1.0, 2.0, 4.0)]
    assert values == sorted(values)
    assert values[0] > 1
    assert swd.measure((crops // 2 + 64).astype(np.uint8)).value > 100, "contrast costs"


@pytest.mark.parametrize("size", [(16, 16), (24, 40), (96, 32)], ids=str)
def test_sliced_wasserstein_takes_any_allowed_shape(crops: Pixels, size: tuple[int, int]):
    pictures = np.stack([np.asarray(Image.fromarray(p).resize(size)) for p in crops])
    assert SlicedWasserstein(pictures).measure(pictures).value == 0


def test_the_same_exam_gives_the_same_numbers(crops: Pixels, exam: Exam):
    fakes = crops[1:8:2]
    assert exam.measure(fakes) == exam.measure(fakes)


def test_painted_pictures_have_classes_as_often_as_the_real_ones(crops: Pixels):
    assert Exam(crops[:4]).classes(8) is None
    uneven = Exam(crops[:4], labels=[2, 0, 2, 2]).classes(400)
    assert set(uneven) == {0, 2}
    assert uneven.count(2) == pytest.approx(300, abs=40)
    assert uneven == Exam(crops[:4], labels=[2, 2, 2, 0]).classes(400), "whatever order they came in"


def test_real_features_are_kept_in_a_file_and_made_again_when_it_is_damaged(crops: Pixels, tmp_path: Path):
    cache = tmp_path / "deeper" / "abc.safetensors"
    first = Exam(crops[:3], cache=cache).measure(crops[6:9])
    written = cache.stat().st_mtime_ns
    assert Exam(crops[:3], cache=cache).measure(crops[6:9]) == first
    assert cache.stat().st_mtime_ns == written
    cache.write_bytes(b"half a file")
    assert Exam(crops[:3], cache=cache).measure(crops[6:9]) == first
    assert [path.name for path in cache.parent.iterdir()] == [cache.name]


def test_a_mirror_image_that_was_learned_by_heart_is_no_new_picture(crops: Pixels, tmp_path: Path):
    real, mirrored = crops[:8], np.ascontiguousarray(crops[:8, :, ::-1])
    assert Exam(real).examine(mirrored).nearest.distance.mean() > 0.3
    exam = Exam(real, mirror=True, cache=tmp_path / "cache.safetensors")
    found = exam.examine(np.concatenate((mirrored, real)))
    assert found.nearest.index.tolist() == [*range(8), *range(8)]
    assert found.mirrored.tolist() == [True] * 8 + [False] * 8
    assert found.nearest.distance.max() < 1e-6
    assert found.figures["nearest"].value < 1e-6
    again = Exam(real, mirror=True, cache=tmp_path / "cache.safetensors").examine(crops[8:12])
    assert again.figures == exam.examine(crops[8:12]).figures
    assert len(list(tmp_path.iterdir())) == 2


def test_copies_in_the_folder_do_not_count_as_the_nearest_of_each_other(crops: Pixels):
    once = Exam(crops[:8]).examine(crops[8:12])
    twice = Exam(np.concatenate((crops[:8], crops[:8]))).examine(crops[8:12])
    assert twice.figures["nearest"].value == pytest.approx(once.figures["nearest"].value, rel=1e-6)
    assert twice.close == pytest.approx(once.close, rel=0.1)
    assert Exam(crops[:8]).examine(crops[:8]).figures["nearest"].value < 1e-6, "a copy that was painted is one"


def test_looking_at_the_real_pictures_can_be_ended_between_two_batches(crops: Pixels, tmp_path: Path):
    seen = []

    def between() -> None:
        seen.append(0)
        if len(seen) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Exam(crops, cache=tmp_path / "abc.safetensors", between=between)
    assert len(seen) == 2
    assert not list(tmp_path.iterdir())


def test_a_limit_takes_real_pictures_evenly(crops: Pixels):
    assert Exam(crops, limit=4).examine(crops[[10, 30]]).nearest.index.tolist() == [10, 30]


def test_a_premultiplied_folder_is_compared_with_straight_pictures(crops: Pixels):
    alpha = np.zeros((3, 64, 64, 1), np.uint8)
    alpha[:, 16:48, 16:48] = 255
    straight = np.concatenate((crops[:3], alpha), axis=3)
    premultiplied = np.where(alpha > 0, straight, 0).astype(np.uint8)
    measures = Exam(premultiplied).measure(straight)
    assert measures["swd"].value == 0
    assert measures["nearest"].value < 1e-3


def test_fewer_than_two_pictures_are_an_error(crops: Pixels, network: VGG16):
    with pytest.raises(ValueError, match="at least 2"):
        Exam(crops[:1])
    for distance in (kernel_distance, frechet_distance):
        with pytest.raises(ValueError, match="at least 2"):
            distance(features(crops[:3], network), features(crops[:1], network))
    for count in ("during", "final"):
        with pytest.raises(ValueError, match="at least 2, or 0 for none"):
            QualityConfig(**{count: 1})
