from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from artgen.contracts import Painted, PictureShape
from artgen.discriminators.config import DCGANConfig as JudgeConfig
from artgen.discriminators.dcgan import DCGAN as Judge  # noqa: N811 - both are called DCGAN
from artgen.generators.config import DCGANConfig as PainterConfig
from artgen.generators.dcgan import DCGAN as Painter  # noqa: N811 - both are called DCGAN
from artgen.layers.minibatch_stddev import MinibatchStddev
from artgen.layers.resize import ResizeConv2d
from artgen.layers.resolutions import resolutions
from artgen.layers.smooth import SmoothConv2d
from artgen.layers.spectral_norm import spectrally_normalised

SHAPES = [(64, 64, 3), (256, 192, 4), (96, 32, 1), (16, 16, 3), (24, 40, 3), (200, 104, 4)]
FORMS = [
    ("transposed", "batch"),
    ("resize", "batch"),
    ("resize", "spectral"),
    ("transposed", "none"),
    ("smooth", "batch"),
    ("smooth", "spectral"),
]


def painter(shape: PictureShape, **options: object) -> Painter:
    torch.manual_seed(1)
    return Painter(PainterConfig(**{"latent": 16, "width": 4, **options}), shape)


def judge(shape: PictureShape, **options: object) -> Judge:
    torch.manual_seed(2)
    return Judge(JudgeConfig(**{"width": 4, **options}), shape)


@pytest.mark.parametrize("size", SHAPES, ids=str)
@pytest.mark.parametrize(("upsampling", "norm"), FORMS)
def test_any_allowed_shape_is_painted_and_judged_and_every_parameter_learns(size, upsampling, norm):
    shape = PictureShape(*size)
    generator = painter(shape, upsampling=upsampling, norm=norm)
    discriminator = judge(shape, norm=norm, minibatch_stddev=2)
    z = torch.randn(3, 16, requires_grad=True)
    painted = generator(z)
    assert painted.picture.shape == (3, shape.channels, shape.height, shape.width)
    assert painted.picture.abs().max() <= 1
    (logits,) = discriminator(painted).logits
    assert logits.shape == (3,)
    logits.sum().backward()
    learning = {"z": z, **dict(generator.named_parameters()), **dict(discriminator.named_parameters())}
    still = [name for name, tensor in learning.items() if tensor.grad is None or not tensor.grad.any()]
    assert not still


def test_the_table_of_resolutions_reaches_a_short_side_of_about_four_and_ends_at_the_picture():
    square = resolutions(PictureShape(64, 64, 3), width=24, max_width=150)
    assert [(row.width, row.channels) for row in square] == [(4, 150), (8, 96), (16, 48), (32, 24), (64, 24)]
    oblong = resolutions(PictureShape(256, 192, 3), width=8)
    assert (oblong[0].width, oblong[0].height) == (4, 3)
    assert (oblong[-1].width, oblong[-1].height) == (256, 192)


def test_widths_state_the_channels_of_every_resolution():
    generator = painter(PictureShape(32, 32, 3), widths=[12, 10, 6, 5], upsampling="resize")
    assert [row.channels for row in generator.table] == [12, 10, 6, 5]
    assert judge(PictureShape(32, 32, 3), widths=[5, 6, 12]).widths == [5, 6, 12]


def test_widths_that_do_not_fit_are_an_error_that_lists_the_resolutions():
    with pytest.raises(ValueError, match=r"widths has 2 entries.*4 resolutions: 4×4, 8×8, 16×16, 32×32"):
        painter(PictureShape(32, 32, 3), widths=[12, 10])
    with pytest.raises(ValueError, match=r"widths has 2 entries.*3 convolutions"):
        judge(PictureShape(32, 32, 3), widths=[12, 10])


@pytest.mark.parametrize("upsampling", ["transposed", "resize", "smooth"])
def test_colour_never_exceeds_alpha(upsampling):
    generator = painter(PictureShape(32, 32, 4), upsampling=upsampling)
    picture = generator(torch.randn(4, 16) * 20).picture
    assert (picture[:, :3] - picture[:, 3:]).max() <= 1e-6


@pytest.mark.parametrize("norm", ["batch", "spectral"])
def test_the_same_seed_gives_the_same_weights_and_pictures(norm):
    shape = PictureShape(32, 32, 3)
    first, second = painter(shape, norm=norm), painter(shape, norm=norm)
    assert all(torch.equal(value, second.state_dict()[name]) for name, value in first.state_dict().items())
    z = torch.randn(2, 16)
    assert torch.equal(first(z).picture, second(z).picture)


@pytest.mark.parametrize("norm", ["batch", "spectral", "none"])
def test_a_restored_state_goes_on_as_if_it_had_never_stopped(norm):
    shape = PictureShape(16, 16, 3)
    pictures = torch.rand(4, 3, 16, 16) * 2 - 1
    one, other = judge(shape, norm=norm), judge(shape, norm=norm, width=4)
    for _ in range(3):
        one(Painted(pictures))
    torch.manual_seed(9)
    for parameter in other.parameters():
        nn.init.normal_(parameter)
    other.load_state_dict({name: value.clone() for name, value in one.state_dict().items()})
    for _ in range(2):
        assert torch.equal(one(Painted(pictures)).logits[0], other(Painted(pictures)).logits[0])
    assert all(torch.equal(value, other.state_dict()[name]) for name, value in one.state_dict().items())


def test_resizing_at_the_price_of_a_transposed_convolution_is_resizing():
    torch.manual_seed(0)
    layer = ResizeConv2d(5, 7).double()
    nn.init.normal_(layer.bias)
    x = torch.randn(2, 5, 6, 9, dtype=torch.float64)
    plain = nn.functional.conv2d(
        nn.functional.interpolate(x, scale_factor=2), layer.weight.transpose(0, 1), layer.bias, padding=1
    )
    torch.testing.assert_close(layer(x), plain)


def test_spectral_norm_converges_to_the_largest_singular_value():
    torch.manual_seed(0)
    for layer, rows in ((nn.Conv2d(6, 8, 3), 0), (nn.ConvTranspose2d(6, 8, 4), 1), (nn.Linear(9, 5), 0)):
        raw = layer.weight.detach().clone().transpose(0, rows).flatten(1)
        spectrally_normalised(layer)
        for _ in range(60):
            normalised = layer.weight
        largest = torch.linalg.svdvals(raw)[0]
        torch.testing.assert_close(normalised.transpose(0, rows).flatten(1), raw / largest, rtol=1e-3, atol=1e-5)


def test_power_iterations_belong_to_the_discriminators_own_phase():
    discriminator = judge(PictureShape(16, 16, 3), norm="spectral")
    pictures = Painted(torch.rand(2, 3, 16, 16))

    def vectors() -> list[torch.Tensor]:
        return [buffer.clone() for name, buffer in discriminator.named_buffers() if name.endswith((".u", ".v"))]

    def changed_by_a_pass() -> bool:
        before = vectors()
        discriminator(pictures)
        return any(not torch.equal(old, new) for old, new in zip(before, vectors(), strict=True))

    assert len(vectors()) == 4
    assert changed_by_a_pass()
    discriminator.requires_grad_(False)
    assert not changed_by_a_pass(), "frozen for the generator"
    discriminator.requires_grad_(True).eval()
    assert not changed_by_a_pass(), "in evaluation"


def test_two_passes_and_one_backward_work_under_spectral_norm():
    discriminator = judge(PictureShape(16, 16, 3), norm="spectral")
    (
        discriminator(Painted(torch.rand(2, 3, 16, 16))).logits[0]
        - discriminator(Painted(torch.rand(2, 3, 16, 16))).logits[0]
    ).sum().backward()
    assert all(parameter.grad is not None for parameter in discriminator.parameters())


def test_minibatch_deviation_sees_groups_by_position_and_a_rest_of_its_own():
    torch.manual_seed(0)
    x = torch.randn(7, 3, 4, 4)
    x[3:6] = x[3]
    spread = MinibatchStddev(3)(x)[:, 3, 0, 0]
    expected = x[:3].var(dim=0, unbiased=False).sqrt().mean()
    torch.testing.assert_close(spread[:3], expected.expand(3))
    assert spread[3:].max() < 2e-4, "three of the same, and one alone, do not vary"


def test_dropout_drops_in_training_only():
    discriminator = judge(PictureShape(16, 16, 3), dropout=0.5)
    pictures = Painted(torch.rand(2, 3, 16, 16))
    assert not torch.equal(discriminator(pictures).logits[0], discriminator(pictures).logits[0])
    discriminator.eval()
    assert torch.equal(discriminator(pictures).logits[0], discriminator(pictures).logits[0])


def test_features_come_only_when_asked_for():
    discriminator = judge(PictureShape(16, 16, 3))
    pictures = Painted(torch.rand(2, 3, 16, 16))
    assert not discriminator(pictures).features
    assert discriminator(pictures, want=frozenset({"features"})).features["last"].shape == (2, 8, 4, 4)


@pytest.mark.parametrize("norm", ["batch", "spectral"])
def test_half_precision_paints_and_judges_in_full(norm):
    shape = PictureShape(32, 32, 4)
    generator, discriminator = (
        painter(shape, norm=norm, upsampling="resize"),
        judge(shape, norm=norm, minibatch_stddev=2),
    )
    with torch.autocast("cpu", torch.bfloat16):
        painted = generator(torch.randn(2, 16))
        (logits,) = discriminator(painted).logits
    assert painted.picture.dtype == logits.dtype == torch.float32
    logits.sum().backward()
    assert all(parameter.grad.isfinite().all() for parameter in generator.parameters())


def test_without_growing_and_classes_the_networks_have_the_weights_they_always_had():
    shape = PictureShape(16, 16, 3)
    assert list(painter(shape, upsampling="resize", norm="none").state_dict()) == [
        "start.0.weight",
        "start.0.bias",
        "doublings.0.0.weight",
        "doublings.0.0.bias",
        "last.0.weight",
        "last.0.bias",
        "to_picture.weight",
        "to_picture.bias",
    ]
    assert list(judge(shape, norm="batch").state_dict()) == [
        "body.0.weight",
        "body.0.bias",
        "body.2.weight",
        "body.3.weight",
        "body.3.bias",
        "body.3.running_mean",
        "body.3.running_var",
        "body.3.num_batches_tracked",
        "head.weight",
        "head.bias",
    ]


@pytest.mark.parametrize("build", [painter, judge])
def test_layers_to_grow_with_change_nothing_at_full_size(build):
    shape = PictureShape(32, 32, 3)
    plain, growing = build(shape), build(shape, growing=True)
    grown = growing.state_dict()
    assert all(torch.equal(value, grown[name]) for name, value in plain.state_dict().items())
    assert len(grown) > len(plain.state_dict())
    given = torch.randn(2, 16) if build is painter else Painted(torch.rand(2, 3, 32, 32))
    growing.set_stage(32, 1.0)
    one, other = plain(given), growing(given)
    pairs = [(one.picture, other.picture)] if build is painter else [(one.logits[0], other.logits[0])]
    assert all(torch.equal(*pair) for pair in pairs)


@pytest.mark.parametrize("upsampling", ["transposed", "resize", "smooth"])
@pytest.mark.parametrize("size", SHAPES, ids=str)
def test_every_stage_paints_and_judges_its_own_size_and_trains_all_it_uses(size, upsampling):
    shape = PictureShape(*size)
    generator = painter(shape, growing=True, upsampling=upsampling)
    discriminator = judge(shape, growing=True, minibatch_stddev=2)
    learned = set()
    for grid in generator.table:
        for network in (generator, discriminator):
            network.set_stage(min(grid.height, grid.width), 0.5)
        painted = generator(torch.randn(2, 16))
        assert painted.picture.shape == (2, shape.channels, grid.height, grid.width)
        (logits,) = discriminator(painted).logits
        assert logits.shape == (2,)
        logits.sum().backward()
        for network in (generator, discriminator):
            learned |= {parameter for parameter in network.parameters() if parameter.grad is not None}
    assert learned == {*generator.parameters(), *discriminator.parameters()}


def test_a_resolution_that_has_not_come_in_yet_paints_the_coarser_picture_enlarged():
    generator = painter(PictureShape(32, 32, 4), growing=True).eval()
    z = torch.randn(2, 16)
    for size, coarser in ((8, 4), (16, 8), (32, 16)):
        generator.set_stage(coarser, 1.0)
        enlarged = nn.functional.interpolate(generator(z).picture, (size, size), mode="bilinear")
        generator.set_stage(size, 0.0)
        torch.testing.assert_close(generator(z).picture, enlarged)
        generator.set_stage(size, 1.0)
        whole = generator(z).picture
        assert not torch.allclose(whole, enlarged)
        generator.set_stage(size, 0.25)
        blended = generator(z).picture
        torch.testing.assert_close(blended, enlarged + 0.25 * (whole - enlarged))
        assert (blended[:, :3] - blended[:, 3:]).max() <= 1e-6


def test_a_resolution_that_has_not_come_in_yet_judges_the_picture_halved():
    discriminator = judge(PictureShape(32, 32, 3), growing=True).eval()
    for size in (8, 16, 32):
        pictures = torch.rand(2, 3, size, size)
        discriminator.set_stage(size // 2, 1.0)
        halved = discriminator(Painted(nn.functional.avg_pool2d(pictures, 2))).logits[0]
        discriminator.set_stage(size, 0.0)
        torch.testing.assert_close(discriminator(Painted(pictures)).logits[0], halved)
        discriminator.set_stage(size, 0.5)
        assert not torch.allclose(discriminator(Painted(pictures)).logits[0], halved)


def test_gradient_penalties_work_in_the_middle_of_a_fade():
    discriminator = judge(PictureShape(24, 40, 3), growing=True)
    discriminator.set_stage(12, 0.5)
    pictures = torch.rand(2, 3, 20, 12, requires_grad=True)
    (gradient,) = torch.autograd.grad(discriminator(Painted(pictures)).logits[0].sum(), pictures, create_graph=True)
    gradient.square().sum().backward()
    assert discriminator.head.weight.grad.any()


@pytest.mark.parametrize(("build", "config"), [(painter, PainterConfig), (judge, JudgeConfig)])
def test_stages_that_cannot_be_are_an_error_that_says_what_can(build, config):
    shape = PictureShape(96, 64, 3)
    with pytest.raises(ValueError, match="growing = true"):
        config().check_stages([8], shape)
    with pytest.raises(ValueError, match="growing = true"):
        build(shape).set_stage(64, 1.0)
    config(growing=True).check_stages([4, 16, 64], shape)
    with pytest.raises(ValueError, match=r"shorter side of 12 or 96 pixels.*96×64.*4, 8, 16, 32, 64"):
        config(growing=True).check_stages([8, 12, 96], shape)
    with pytest.raises(ValueError, match="12 pixels"):
        build(shape, growing=True).set_stage(12, 1.0)


def test_classes_change_what_is_painted_and_how_it_is_judged_and_all_of_it_learns():
    shape = PictureShape(16, 16, 3, classes=3)
    generator, discriminator = painter(shape), judge(shape, minibatch_stddev=2)
    label = torch.tensor([0, 1, 2, 1])
    painted = generator(torch.randn(1, 16).expand(4, -1), label=label)
    assert torch.equal(painted.picture[1], painted.picture[3])
    assert not torch.allclose(painted.picture[0], painted.picture[1])
    same = Painted(painted.picture[:1].expand(4, -1, -1, -1))
    (logits,) = discriminator(same, label=label).logits
    assert logits.shape == (4,)
    assert logits[1] == logits[3] != logits[0]
    discriminator(painted, label=label).logits[0].sum().backward()
    for network in (generator, discriminator):
        assert all(parameter.grad.any() for parameter in network.parameters())


def test_a_mapped_class_is_painted_as_it_would_be_from_its_label():
    generator = painter(PictureShape(16, 16, 3, classes=2)).eval()
    z, label = torch.randn(2, 16), torch.tensor([0, 1])
    w = generator.map(z, label)
    assert torch.equal(w[:, :16], z)
    assert torch.equal(generator.synthesize(w).picture, generator(z, label=label).picture)


def test_the_layers_that_can_be_frozen_stand_in_order_from_the_picture():
    discriminator = judge(PictureShape(32, 32, 3), norm="batch", dropout=0.1)
    assert [next(layer.parameters()).shape[0] for layer in discriminator.layers] == [4, 8, 16, 1]
    frozen = {parameter for layer in discriminator.layers for parameter in layer.parameters()}
    assert frozen == set(discriminator.parameters())


def test_smooth_doubling_leaves_no_grid_of_odd_and_even_pixels():
    layer = SmoothConv2d(4, 3, bias=False)
    flat = layer(torch.ones(1, 4, 16, 16))[:, :, 4:-4, 4:-4]
    torch.testing.assert_close(flat, flat.mean((2, 3), keepdim=True).expand_as(flat))


def test_smooth_doubling_is_a_convolution_of_the_picture_with_zeros_between_and_then_blurred():
    layer = SmoothConv2d(2, 3).double()
    x = torch.randn(1, 2, 5, 6, dtype=torch.float64)
    spread = torch.zeros(1, 2, 9, 11, dtype=torch.float64)
    spread[:, :, ::2, ::2] = x
    flipped = layer.weight.flip((2, 3)).transpose(0, 1)
    convolved = F.conv2d(spread, flipped, padding=2)
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0], dtype=torch.float64) / 8
    blurred = F.conv2d(convolved, torch.outer(taps, taps).expand(3, 1, 4, 4), padding=1, groups=3)
    torch.testing.assert_close(layer(x), 4 * blurred + layer.bias[:, None, None])


@pytest.mark.parametrize(("upsampling", "grids"), [("transposed", 3), ("smooth", 4)])
def test_noise_changes_the_picture_once_it_is_learned_to(upsampling: str, grids: int):
    generator = painter(PictureShape(32, 32, 3), upsampling=upsampling, noise=True).eval()
    assert len(generator.noise_shapes) == grids
    z = torch.randn(2, generator.latent_size)
    noise = {name: torch.randn(2, 1, *shape) for name, shape in generator.noise_shapes.items()}
    plain = generator(z).picture
    assert torch.equal(generator(z, noise).picture, plain)
    for strength in generator.noise_strengths.values():
        torch.nn.init.ones_(strength)
    assert not torch.allclose(generator(z, noise).picture, plain)
    assert torch.equal(generator(z).picture, plain)
