"""Losses that differentiate the networks themselves, against known and numeric derivatives."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from artgen.augmentations.adaptive import Adaptive
from artgen.augmentations.config import AdaptiveConfig
from artgen.contracts import Judged, Painted
from artgen.engine.step import Step
from artgen.losses.config import GradientPenaltyConfig, PathLengthConfig, R1Config, R2Config
from artgen.losses.gamma import resolved_gamma
from artgen.losses.gradient_penalty import GradientPenalty
from artgen.losses.path_length import PathLength, path_lengths
from artgen.losses.r1 import R1
from artgen.losses.r2 import R2
from artgen.losses.slopes import squared_slopes
from artgen.seeding import Draws

SHAPE = (4, 3, 8, 8)


@pytest.fixture
def real() -> Tensor:
    return torch.rand(SHAPE, generator=torch.Generator().manual_seed(1), dtype=torch.float64) * 2 - 1


@pytest.fixture
def fake() -> Tensor:
    return torch.rand(SHAPE, generator=torch.Generator().manual_seed(2), dtype=torch.float64) * 2 - 1


class Judge(nn.Module):
    """A discriminator that is a formula of the painted picture."""

    def __init__(self, formula: Callable[[Painted], list[Tensor]]) -> None:
        super().__init__()
        self.formula = formula

    def forward(self, painted: Painted, *, want: frozenset[str]) -> Judged:
        return Judged(self.formula(painted))


def parabola(painted: Painted) -> list[Tensor]:
    """Half the squared norm, whose gradient is the picture."""
    return [painted.picture.square().sum(dim=(1, 2, 3)) / 2]


class Curved(nn.Module):
    """A smooth network, in double precision."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Conv2d(3, 5, 3, stride=2).double()
        self.last = nn.Conv2d(5, 1, 2).double()

    def forward(self, painted: Painted, *, want: frozenset[str] = frozenset()) -> Judged:
        return Judged([self.last(torch.tanh(self.first(painted.picture)))])


def step(
    discriminator: nn.Module,
    real: Tensor,
    fake: Tensor,
    *,
    needs: frozenset[str] = frozenset(),
    augment: Callable[[Tensor, Draws], Tensor] = lambda pictures, _draws: pictures,
    scales: tuple[Tensor, ...] = (),
) -> Step:
    return Step(
        "discriminator",
        paint=lambda: Painted(fake, scales),
        real=lambda: real,
        discriminator=discriminator,
        augment=augment,
        draws=Draws(3, "train", 0, len(real)),
        images_seen=0,
        autocast=contextlib.nullcontext,
        needs=needs,
        scale_shapes=[scale.shape[2:] for scale in scales],
    )


def numeric_squared_slopes(discriminator: nn.Module, pictures: Tensor) -> Tensor:
    """By central differences, pixel by pixel."""
    size, total = 1e-5, torch.zeros(len(pictures), dtype=torch.float64)
    for index in range(pictures[0].numel()):
        nudge = torch.zeros_like(pictures[0]).flatten()
        nudge[index] = size
        nudge = nudge.view_as(pictures[0])
        with torch.no_grad():
            up, down = (discriminator(Painted(pictures + sign * nudge)).logits[0] for sign in (1, -1))
        total += ((up - down).flatten(1).mean(dim=1) / (2 * size)).square()
    return total


def test_r1_and_r2_are_half_gamma_times_the_squared_gradient(real, fake):
    for loss, pictures in ((R1(R1Config(gamma=3.0)), real), (R2(R2Config(gamma=3.0)), fake)):
        penalty = loss.for_discriminator(step(Judge(parabola), real, fake, needs=loss.needs))
        torch.testing.assert_close(penalty, 1.5 * pictures.square().sum(dim=(1, 2, 3)).mean())
        assert loss.for_generator(step(Judge(parabola), real, fake)) is None


def test_r1_and_r2_of_a_network_are_what_finite_differences_say(real, fake):
    discriminator = Curved()
    for loss, pictures in ((R1(R1Config(gamma=2.0)), real), (R2(R2Config(gamma=2.0)), fake)):
        penalty = loss.for_discriminator(step(discriminator, real, fake, needs=loss.needs))
        torch.testing.assert_close(penalty, numeric_squared_slopes(discriminator, pictures).mean(), rtol=1e-7, atol=0)


def test_the_penaltys_own_gradient_by_the_weights_is_the_derivative(real):
    weight = torch.randn(4, 3, 3, 3, dtype=torch.float64, requires_grad=True)

    def penalty(weight: Tensor) -> Tensor:
        leaf = real[:2].clone().requires_grad_()
        return squared_slopes([torch.tanh(F.conv2d(leaf, weight)).sum(dim=1)], Painted(leaf))

    assert torch.autograd.gradcheck(penalty, (weight,))


def test_every_scale_of_a_picture_counts_and_one_that_is_not_looked_at_is_nothing(real):
    small = F.avg_pool2d(real, 2).requires_grad_()
    unseen = F.avg_pool2d(real, 4).requires_grad_()
    painted = Painted(real.clone().requires_grad_(), (small, unseen))
    logits = parabola(painted)[0] + 3 * small.sum(dim=(1, 2, 3))
    expected = real.square().sum(dim=(1, 2, 3)) + 9 * small[0].numel()
    torch.testing.assert_close(squared_slopes([logits], painted), expected)


def test_heads_and_maps_count_as_their_mean(real):
    leaf = real.clone().requires_grad_()
    heads = [leaf.sum(dim=(1, 2, 3)), 3 * leaf.sum(dim=1, keepdim=True)]
    # slopes of a pixel: 1 of the first head, 3/64 of the second, whose map is a mean over 64
    expected = torch.full((4,), leaf[0].numel() * ((1 + 3 / 64) / 2) ** 2, dtype=torch.float64)
    torch.testing.assert_close(squared_slopes(heads, Painted(leaf)), expected)


def test_a_batch_in_parts_is_penalised_as_the_whole(real, fake):
    loss = R1(R1Config())
    whole, *halves = (
        loss.for_discriminator(step(Curved(), real[part], fake[part], needs=loss.needs))
        for part in (slice(None), slice(0, 2), slice(2, 4))
    )
    torch.testing.assert_close(sum(halves) / 2, whole)


@pytest.mark.parametrize(("side", "gamma"), [(64, 0.0256), (128, 0.1024), (256, 0.8192), (512, 6.5536)])
def test_auto_gamma_is_the_published_rule(side, gamma):
    assert resolved_gamma("auto", torch.empty(1, 3, side, side)) == pytest.approx(gamma)
    assert resolved_gamma("auto", torch.empty(1, 3, side // 2, side * 2)) == pytest.approx(gamma)


def test_penalties_work_with_an_augmentation_that_cannot_be_differentiated_twice(real, fake):
    augment = Adaptive(AdaptiveConfig(start=0.8))
    for loss in (R1(R1Config()), R2(R2Config()), GradientPenalty(GradientPenaltyConfig())):
        discriminator = Curved()
        loss.for_discriminator(step(discriminator, real, fake, needs=loss.needs, augment=augment)).backward()
        assert discriminator.first.weight.grad.abs().sum() > 0


def test_the_gradient_penalty_is_taken_between_each_real_and_painted_picture(real, fake):
    share = Draws(3, "train", 0, 4).child("gradient-penalty").uniform(1).double()[:, :, None, None]
    norms = (real + share * (fake - real)).square().sum(dim=(1, 2, 3)).sqrt()
    for target in (1.0, 0.0):
        loss = GradientPenalty(GradientPenaltyConfig(target=target))
        penalty = loss.for_discriminator(step(Judge(parabola), real, fake))
        torch.testing.assert_close(penalty, (norms - target).square().mean())
    assert 0 < share.min() < share.max() < 1


def test_the_gradient_penalty_draws_a_slope_to_its_target(real, fake):
    direction = torch.randn(SHAPE[1:], dtype=torch.float64, requires_grad=True)
    straight = Judge(lambda painted: [(painted.picture * direction).sum(dim=(1, 2, 3))])
    GradientPenalty(GradientPenaltyConfig()).for_discriminator(step(straight, real, fake)).backward()
    norm = direction.detach().norm()
    torch.testing.assert_close(direction.grad, 2 * (norm - 1) * direction.detach() / norm)


def test_the_gradient_penalty_of_several_scales_mixes_each(real, fake):
    seen = []

    def both(painted: Painted) -> list[Tensor]:
        seen.append(painted)
        return [painted.picture.sum(dim=(1, 2, 3)) + painted.scales[0].sum(dim=(1, 2, 3))]

    loss = GradientPenalty(GradientPenaltyConfig())
    penalty = loss.for_discriminator(step(Judge(both), real, fake, scales=(F.avg_pool2d(fake, 2),)))
    torch.testing.assert_close(penalty, torch.tensor((math.sqrt(3 * 64 + 3 * 16) - 1) ** 2, dtype=torch.float64))
    torch.testing.assert_close(F.avg_pool2d(seen[0].picture, 2), seen[0].scales[0])


class Painter(nn.Module):
    """A smooth generator of 3×4×4 pictures with two layers of w, or one."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.weight = nn.Parameter(torch.randn(2, 5, 48, dtype=torch.float64))

    def forward(self, w: Tensor) -> Tensor:
        layers = w if w.dim() == 3 else torch.stack((w, w), dim=1)
        return torch.tanh(torch.einsum("blw,lwp->bp", layers, self.weight)).view(-1, 3, 4, 4)


@pytest.mark.parametrize("shape", [(3, 5), (3, 2, 5)])
def test_path_length_is_the_norm_of_the_jacobian_times_noise(shape):
    torch.manual_seed(1)
    w = torch.randn(shape, dtype=torch.float64, requires_grad=True)
    noise = torch.randn(3, 48, dtype=torch.float64)
    paint = Painter()
    lengths = path_lengths(w, paint(w), noise)
    for index in range(3):
        jacobian = torch.autograd.functional.jacobian(lambda one: paint(one[None])[0], w[index].detach())
        projected = torch.tensordot(noise[index].view(3, 4, 4) / 4, jacobian, dims=3).view(-1, 5)
        torch.testing.assert_close(lengths[index], projected.square().sum(dim=1).mean().sqrt())


def test_path_length_is_what_finite_differences_say():
    torch.manual_seed(1)
    w = torch.randn(2, 2, 5, dtype=torch.float64, requires_grad=True)
    noise = torch.randn(2, 48, dtype=torch.float64)
    paint, size = Painter(), 1e-5
    squares = torch.zeros(2, dtype=torch.float64)
    for layer in range(2):
        for index in range(5):
            nudge = torch.zeros_like(w)
            nudge[:, layer, index] = size
            with torch.no_grad():
                change = (paint(w + nudge) - paint(w - nudge)) / (2 * size)
            squares += (change.flatten(1) * noise / 4).sum(dim=1).square()
    torch.testing.assert_close(path_lengths(w, paint(w), noise), (squares / 2).sqrt(), rtol=1e-7, atol=0)


def test_the_gradient_of_path_length_by_the_weights_is_the_derivative():
    torch.manual_seed(1)
    w = torch.randn(2, 5, dtype=torch.float64, requires_grad=True)
    noise = torch.randn(2, 48, dtype=torch.float64)
    weight = torch.randn(5, 48, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda weight: path_lengths(w, torch.tanh(w @ weight).view(2, 3, 4, 4), noise), (weight,)
    )


def painting_step(paint: Painter, images: int, offset: int = 0, count: int = 4) -> Step:
    """Of a batch of 4 pictures, or of a part of it."""

    def fresh(purpose: str, share: float) -> tuple[Tensor, Painted, Draws, float]:
        draws = Draws(3, f"train/{purpose}", images + round(offset * share), max(1, round(count * share)))
        w = draws.normal(5).double().requires_grad_()
        return w, Painted(paint(w)), draws, 1.0

    step = Step(
        "generator",
        paint=lambda: Painted(torch.zeros(4, 3, 4, 4)),
        real=lambda: torch.zeros(4, 3, 4, 4),
        discriminator=Judge(parabola),
        augment=lambda pictures, _draws: pictures,
        draws=Draws(3, "train", images, 4),
        images_seen=images,
        autocast=contextlib.nullcontext,
        fresh=fresh,
    )
    assert PathLength(PathLengthConfig()).for_discriminator(step) is None
    return step


def test_path_length_goes_on_from_its_saved_mean_as_if_nothing_had_happened():
    paint = Painter()
    loss, other = PathLength(PathLengthConfig()), PathLength(PathLengthConfig())
    for images in (0, 4):
        loss.for_generator(painting_step(paint, images))
    assert loss.mean > 0
    other.load_state_dict(loss.state_dict())
    later = [each.for_generator(painting_step(paint, 8)) for each in (loss, other)]
    assert torch.equal(*later)
    assert torch.equal(loss.mean, other.mean)


def test_the_running_mean_of_path_lengths_moves_as_far_by_parts_of_a_batch_as_by_the_whole():
    paint = Painter()
    config = PathLengthConfig(share=1.0, decay=0.25)
    whole, parts, anew = (PathLength(config) for _ in range(3))
    for images in (0, 4):
        whole.for_generator(painting_step(paint, images))
        for offset in (0, 2):
            parts.for_generator(painting_step(paint, images, offset, 2))
        for offset in (0, 2):
            anew.for_generator(painting_step(paint, images, offset, 2))
        for offset in range(4):  # memory ran out, and the batch begins again in smaller parts
            anew.for_generator(painting_step(paint, images, offset, 1))
    torch.testing.assert_close(parts.mean, whole.mean)
    torch.testing.assert_close(anew.mean, whole.mean)


def test_path_length_pulls_lengths_toward_their_running_mean():
    paint = Painter()
    loss = PathLength(PathLengthConfig(decay=0.25))
    w, painted, draws, _ = painting_step(paint, 0).fresh("path-length", 0.5)
    noise = draws.child("noise").normal(48).double()
    lengths = path_lengths(w, painted.picture, noise)
    penalty = loss.for_generator(painting_step(paint, 0))
    assert len(lengths) == 2, "half of the batch"
    torch.testing.assert_close(loss.mean, lengths.mean() * 0.25)
    torch.testing.assert_close(penalty, (lengths - lengths.mean().detach() * 0.25).square().mean())
    penalty.backward()
    with torch.no_grad():
        paint.weight -= 1e-3 * paint.weight.grad / paint.weight.grad.norm()
    after = (path_lengths(w, paint(w), noise) - loss.mean).square().mean()
    assert after < penalty


def test_a_generator_that_paints_one_grey_gives_no_nan():
    w = torch.zeros(2, 5, requires_grad=True)
    weight = torch.zeros(5, 48, requires_grad=True)
    lengths = path_lengths(w, (w @ weight).view(2, 3, 4, 4), torch.randn(2, 48))
    lengths.sum().backward()
    assert weight.grad.isfinite().all()
