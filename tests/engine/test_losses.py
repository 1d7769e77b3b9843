from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from pydantic import ValidationError
from torch import Tensor
from torch.testing import assert_close

from artgen.contracts import Judged, Painted
from artgen.engine.learn import from_undecided
from artgen.losses.adversarial import Adversarial
from artgen.losses.config import (
    AdversarialConfig,
    FeatureMatchingConfig,
    ReconstructionConfig,
    RelativisticConfig,
    TotalVariationConfig,
)
from artgen.losses.feature_matching import FeatureMatching
from artgen.losses.reconstruction import Reconstruction
from artgen.losses.relativistic import Relativistic
from artgen.losses.total_variation import TotalVariation, total_variation


@dataclass
class Step:
    """What the losses ask of a step."""

    judged_real: Judged = field(default_factory=lambda: Judged([]))
    judged_fake: Judged = field(default_factory=lambda: Judged([]))
    fake: Painted = field(default_factory=lambda: Painted(torch.zeros(0)))
    augmented_real: Painted = field(default_factory=lambda: Painted(torch.zeros(0)))

    def mean(self, values: Tensor) -> Tensor:
        return values.mean(dim=0)


def photo(folder: Path) -> Tensor:
    """A real picture, 48×32 (1, 3, 32, 48)."""
    with Image.open(folder / "astronaut.jpg") as image:
        pixels = np.asarray(image.convert("RGB").resize((48, 32))).copy()
    return torch.from_numpy(pixels).permute(2, 0, 1)[None] / 127.5 - 1


def log(x: np.ndarray) -> np.ndarray:
    return np.log(x)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def cross_entropy(x: np.ndarray, label: float) -> np.ndarray:
    return -label * log(sigmoid(x)) - (1 - label) * log(1 - sigmoid(x))


# (options, real, fake, generator), each logit by logit as the papers print them
FORMULAS = [
    ({"form": "bce"}, lambda x: -log(sigmoid(x)), lambda x: -log(1 - sigmoid(x)), lambda x: -log(sigmoid(x))),
    (
        {"form": "bce", "smoothing": 0.1},
        lambda x: cross_entropy(x, 0.9),
        lambda x: cross_entropy(x, 0.0),
        lambda x: cross_entropy(x, 1.0),
    ),
    (
        {"form": "bce", "smoothing": 0.2, "two_sided": True},
        lambda x: cross_entropy(x, 0.8),
        lambda x: cross_entropy(x, 0.2),
        lambda x: cross_entropy(x, 1.0),
    ),
    (
        {"form": "non-saturating"},
        lambda x: -log(sigmoid(x)),
        lambda x: -log(1 - sigmoid(x)),
        lambda x: -log(sigmoid(x)),
    ),
    ({"form": "hinge"}, lambda x: np.maximum(0, 1 - x), lambda x: np.maximum(0, 1 + x), lambda x: -x),
    ({"form": "least-squares"}, lambda x: (x - 1) ** 2 / 2, lambda x: x**2 / 2, lambda x: (x - 1) ** 2 / 2),
    ({"form": "wasserstein"}, lambda x: -x, lambda x: x, lambda x: -x),
]


@pytest.mark.parametrize(("options", "real", "fake", "fool"), FORMULAS, ids=[str(options) for options, *_ in FORMULAS])
def test_every_form_is_its_papers_formula(options, real, fake, fool):
    numbers = np.random.default_rng(0)
    of_real, of_fake = numbers.normal(0, 3, 9), numbers.normal(0, 3, 9)
    step = Step(Judged([torch.from_numpy(of_real)]), Judged([torch.from_numpy(of_fake)]))
    loss = Adversarial(AdversarialConfig(**options))
    assert loss.for_discriminator(step).item() == pytest.approx(real(of_real).mean() + fake(of_fake).mean(), rel=1e-12)
    assert loss.for_generator(step).item() == pytest.approx(fool(of_fake).mean(), rel=1e-12)


@pytest.mark.parametrize("form", ["bce", "non-saturating", "hinge", "least-squares", "wasserstein"])
def test_the_gradient_draws_real_up_painted_down_and_the_generator_the_other_way(form):
    real, fake = torch.full((3,), 0.5, requires_grad=True), torch.full((3,), -0.5, requires_grad=True)
    loss = Adversarial(AdversarialConfig(form=form))
    loss.for_discriminator(Step(Judged([real]), Judged([fake]))).backward()
    assert (real.grad < 0).all()
    assert (fake.grad > 0).all() if form != "least-squares" else (fake.grad < 0).all()  # toward 0 from below
    fake.grad = None
    loss.for_generator(Step(judged_fake=Judged([fake]))).backward()
    assert (fake.grad < 0).all()


@pytest.mark.parametrize("form", ["bce", "non-saturating"])
def test_a_wildly_sure_discriminator_gives_no_infinity(form):
    sure = Step(Judged([torch.tensor([-1e4, 1e4])]), Judged([torch.tensor([-1e4, 1e4])]))
    loss = Adversarial(AdversarialConfig(form=form))
    assert loss.for_discriminator(sure).isfinite()
    assert loss.for_generator(sure).isfinite()


@pytest.mark.parametrize(
    "options",
    [
        {"form": "non-saturating"},
        {"form": "hinge"},
        {"form": "least-squares"},
        {"form": "bce"},
        {"form": "bce", "smoothing": 0.1},
        {"form": "bce", "smoothing": 0.3, "two_sided": True},
    ],
)
def test_undecided_is_the_logit_that_a_picture_costs_least_at_that_may_be_either(options):
    loss = Adversarial(AdversarialConfig(**options))
    logits = torch.linspace(-3, 3, 601, dtype=torch.float64)
    costs = loss.form.real(logits) + loss.form.fake(logits)
    cheapest = logits[costs <= costs.min() + 1e-9]
    middle = (cheapest.min() + cheapest.max()).item() / 2
    assert middle == pytest.approx(loss.undecided, abs=0.01)


def test_games_that_only_differences_count_in_have_no_undecided_logit():
    logits = torch.linspace(-3, 3, 7)
    wasserstein = Adversarial(AdversarialConfig(form="wasserstein"))
    assert torch.equal(wasserstein.form.real(logits) + wasserstein.form.fake(logits), torch.zeros(7))
    assert wasserstein.undecided is None
    assert Relativistic.undecided is None


def test_where_only_differences_count_logits_are_counted_from_the_middle_between_real_and_painted():
    real = [torch.tensor([1.0, 2.0, 6.0]), torch.arange(12.0).view(3, 1, 2, 2)]
    fake = [torch.tensor([0.0, 2.0, 1.0]), torch.arange(12.0).view(3, 1, 2, 2) - 2]
    seen = from_undecided(Step(Judged(real), Judged(fake)), None)
    shifted = [[logits + 50 for logits in heads] for heads in (real, fake)]
    assert_close(from_undecided(Step(*map(Judged, shifted)), None), seen)
    assert_close(seen[0][0], torch.tensor([-1.0, 0.0, 4.0]))
    assert_close(seen[0][1].mean(), torch.tensor(1.0))
    assert_close(from_undecided(Step(Judged(real), Judged(fake)), 0.5)[1][0], torch.tensor([-0.5, 1.5, 0.5]))


def test_heads_count_alike_whatever_their_size():
    heads = [torch.tensor([1.0, 3.0]), torch.full((2, 1, 4, 4), -4.0)]
    loss = Adversarial(AdversarialConfig(form="wasserstein"))
    assert loss.for_generator(Step(judged_fake=Judged(heads))).item() == pytest.approx((-2 + 4) / 2)


def test_smoothing_without_labels_is_an_error():
    with pytest.raises(ValidationError, match='only form = "bce" has'):
        AdversarialConfig(form="hinge", smoothing=0.1)
    with pytest.raises(ValidationError, match="two_sided changes nothing"):
        AdversarialConfig(form="bce", two_sided=True)


def test_total_variation_is_the_mean_difference_of_neighbours():
    picture = torch.tensor([[[[0.0, 1.0], [0.5, -1.0]]]], dtype=torch.float64)
    # two differences across (1, 1.5) and two down (0.5, 2), over 4 pixels, per 1/256 of a side of 2
    assert total_variation(picture).item() == pytest.approx((2.5 + 2.5) / 4 * 2 / 256)


def test_total_variation_of_an_enlarged_picture_is_the_pictures(pictures: Path):
    small = photo(pictures)
    large = small.repeat_interleave(3, dim=2).repeat_interleave(3, dim=3)
    torch.testing.assert_close(total_variation(large), total_variation(small))
    assert total_variation(small) > 0.05


def test_total_variation_is_the_generators_alone_and_pulls_toward_a_flat_picture():
    picture = torch.rand(2, 3, 16, 24, requires_grad=True)
    loss = TotalVariation(TotalVariationConfig())
    step = Step(fake=Painted(picture))
    assert loss.for_discriminator(step) is None
    before = loss.for_generator(step)
    before.sum().backward()
    after = loss.for_generator(Step(fake=Painted(picture - picture.grad.sign() * 0.01)))
    assert before.shape == (2,)
    assert (after < before).all()


def test_the_relativistic_game_is_its_papers_formula_pair_by_pair():
    numbers = np.random.default_rng(0)
    real, fake = numbers.normal(0, 3, 9), numbers.normal(0, 3, 9)
    step = Step(Judged([torch.from_numpy(real)]), Judged([torch.from_numpy(fake)]))
    loss = Relativistic(RelativisticConfig())
    assert loss.for_discriminator(step).item() == pytest.approx(-log(sigmoid(real - fake)).mean(), rel=1e-12)
    assert loss.for_generator(step).item() == pytest.approx(-log(sigmoid(fake - real)).mean(), rel=1e-12)


def test_the_relativistic_game_averages_heads_and_asks_only_for_differences():
    real = [torch.tensor([1.0, 3.0]), torch.full((2, 1, 4, 4), -4.0)]
    fake = [torch.tensor([0.0, 2.0]), torch.full((2, 1, 4, 4), -5.0)]
    loss = Relativistic(RelativisticConfig())
    expected = np.log1p(np.exp(-1))
    assert loss.for_discriminator(Step(Judged(real), Judged(fake))).item() == pytest.approx(expected)
    shifted = Step(Judged([logits + 100 for logits in real]), Judged([logits + 100 for logits in fake]))
    assert loss.for_discriminator(shifted).item() == pytest.approx(expected, rel=1e-4)


def with_features(**features: Tensor) -> Judged:
    return Judged([], features=features)


@pytest.mark.parametrize("distance", ["l1", "l2"])
def test_feature_matching_compares_means_over_the_batch(distance):
    real = {"early": torch.randn(4, 3, 5, 5), "late": torch.randn(4, 8)}
    fake = {"early": torch.randn(4, 3, 5, 5), "late": torch.randn(4, 8)}
    power = {"l1": 1, "l2": 2}[distance]
    gaps = [(fake[name].mean(dim=0) - real[name].mean(dim=0)).abs().pow(power).mean() for name in real]
    loss = FeatureMatching(FeatureMatchingConfig(distance=distance))
    step = Step(with_features(**real), with_features(**fake))
    torch.testing.assert_close(loss.for_generator(step), (gaps[0] + gaps[1]) / 2)
    assert loss.for_discriminator(step) is None
    shuffled = Step(with_features(**real), with_features(**{name: value.flip(0) for name, value in real.items()}))
    assert loss.for_generator(shuffled) < 1e-6, "which picture has which feature does not matter"


def test_feature_matching_teaches_by_the_painted_side_alone():
    real, fake = torch.randn(4, 8, requires_grad=True), torch.randn(4, 8, requires_grad=True)
    FeatureMatching(FeatureMatchingConfig()).for_generator(
        Step(with_features(x=real), with_features(x=fake))
    ).backward()
    assert real.grad is None
    assert fake.grad.abs().sum() > 0


QUADRANTS = {"quadrant-0": (0, 0), "quadrant-1": (0, 1), "quadrant-2": (1, 0), "quadrant-3": (1, 1)}


def shown(picture: Tensor, name: str) -> Tensor:
    """The picture or its quadrant at an eighth of the picture's sides, by plain means."""
    if name == "whole":
        return torch.nn.functional.avg_pool2d(picture, 8)
    down, across = QUADRANTS[name]
    return torch.nn.functional.avg_pool2d(picture[:, :, down * 16 : down * 16 + 16, across * 24 : across * 24 + 24], 4)


@pytest.mark.parametrize("name", ["whole", *QUADRANTS])
def test_reconstruction_is_0_for_the_picture_itself_and_knows_which_part_is_meant(pictures: Path, name: str):
    picture = photo(pictures).requires_grad_()
    loss = Reconstruction(ReconstructionConfig())
    for decoded_name in ("whole", *QUADRANTS):
        decoded = {name: shown(picture.detach(), decoded_name)}
        cost = loss.for_discriminator(Step(Judged([], decoded=decoded), augmented_real=Painted(picture)))
        assert (cost < 1e-6) == (decoded_name == name)


@pytest.mark.parametrize(("distance", "expected"), [("l1", (0.5 + 0.1) / 2), ("l2", (0.25 + 0.01) / 2)])
def test_reconstruction_is_the_mean_over_what_was_decoded(pictures: Path, distance: str, expected: float):
    picture = photo(pictures).requires_grad_()
    decoded = {
        "whole": (shown(picture.detach(), "whole") + 0.5).requires_grad_(),
        "quadrant-2": shown(picture.detach(), "quadrant-2") - 0.1,
    }
    loss = Reconstruction(ReconstructionConfig(distance=distance))
    step = Step(Judged([], decoded=decoded), augmented_real=Painted(picture))
    cost = loss.for_discriminator(step)
    assert cost.item() == pytest.approx(expected, rel=1e-5)
    cost.backward()
    assert picture.grad is None, "the picture is what should be, and stays what it is"
    assert decoded["whole"].grad.abs().sum() > 0
    assert loss.for_generator(step) is None
