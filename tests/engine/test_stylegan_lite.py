from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from artgen.contracts import Painted, PictureShape
from artgen.discriminators.config import StyleGANLiteConfig as JudgeConfig
from artgen.discriminators.stylegan_lite import StyleGANLite as Judge
from artgen.engine.samples import mapped
from artgen.engine.state import TrainState
from artgen.generators.config import StyleGANLiteConfig as PainterConfig
from artgen.generators.stylegan_lite import StyleGANLite as Painter
from artgen.layers.equalized import EqualizedConv2d, EqualizedLinear
from artgen.layers.modulated import ModulatedConv2d, ModulatedToPicture
from artgen.seeding import Draws

SHAPES = [(32, 32, 3), (96, 64, 1), (72, 40, 4), (16, 16, 4), (24, 40, 3)]
SMALL = PictureShape(32, 32, 3)
PUBLISHED = {64: (22_243_608, 23_407_361), 128: (22_949_277, 23_882_369), 256: (23_191_522, 24_001_089)}
"""Parameters of stylegan2-ada's `auto` networks: z = w = 512, two mapping layers, RGB."""


def painter(shape: PictureShape = SMALL, **options: object) -> Painter:
    torch.manual_seed(1)
    return Painter(PainterConfig(**{"latent": 16, "max_width": 8, **options}), shape)


def judge(shape: PictureShape = SMALL, **options: object) -> Judge:
    torch.manual_seed(2)
    return Judge(JudgeConfig(**{"max_width": 8, "minibatch_stddev": 2, **options}), shape)


def noise_of(generator: Painter, count: int = 1, seed: int = 0) -> dict[str, torch.Tensor]:
    draws = Draws(seed, "noise", 0, count)
    return {name: draws.child(name).normal(h * w).view(-1, 1, h, w) for name, (h, w) in generator.noise_shapes.items()}


def loud(generator: Painter) -> Painter:
    """The same with noise that can be seen, as after some training."""
    for name, parameter in generator.named_parameters():
        if name.endswith("noise_strength"):
            nn.init.constant_(parameter, 0.5)
    return generator


@pytest.mark.parametrize("size", SHAPES, ids=str)
@pytest.mark.parametrize("classes", [0, 3])
def test_any_allowed_shape_is_painted_and_judged_and_every_parameter_learns(size, classes):
    shape = PictureShape(*size, classes=classes)
    generator, discriminator = loud(painter(shape)), judge(shape)
    label = {"label": torch.tensor([0, 1, 2, 0])} if classes else {}
    z = torch.randn(4, 16, requires_grad=True)
    painted = generator(z, noise_of(generator, 4), **label)
    assert painted.picture.shape == (4, shape.channels, shape.height, shape.width)
    (logits,) = discriminator(painted, **label).logits
    assert logits.shape == (4,)
    logits.sum().backward()
    finest = next(iter(discriminator.from_picture))
    learning = {"z": z, **dict(generator.named_parameters()), **dict(discriminator.named_parameters())}
    still = [name for name, tensor in learning.items() if tensor.grad is None or not tensor.grad.any()]
    # what takes in smaller pictures waits for its stage
    assert all(name.startswith("from_picture.") and finest not in name for name in still)


@pytest.mark.parametrize("side", PUBLISHED)
def test_the_networks_have_as_many_parameters_as_the_published_ones(side):
    with torch.device("meta"):
        generator = Painter(PainterConfig(), PictureShape(side, side, 3))
        discriminator = Judge(JudgeConfig(), PictureShape(side, side, 3))
    counts = [sum(parameter.numel() for parameter in network.parameters()) for network in (generator, discriminator)]
    assert counts[0] == PUBLISHED[side][0] == published_painter(side, base=16384, mapping_layers=2)
    assert counts[1] == pytest.approx(PUBLISHED[side][1], rel=0.001), "and what takes in smaller pictures"
    assert PUBLISHED[side][1] == published_judge(side, base=16384)


def test_the_count_by_hand_is_the_one_printed_for_the_published_1024_pixel_networks():
    assert published_painter(1024, base=32768, mapping_layers=8) == 30_370_060
    assert published_judge(1024, base=32768) == 29_012_513


def published_channels(side: int, base: int) -> list[int]:
    return [min(512, base >> level) for level in range(2, side.bit_length())]


def published_painter(side: int, base: int, mapping_layers: int) -> int:
    """Constant; per 3×3 convolution weights, bias, noise strength and style; per 1×1 to RGB the same without noise."""
    table = published_channels(side, base)
    count = mapping_layers * (512 * 512 + 512) + table[0] * 4 * 4
    convolutions = [(table[0], table[0])]
    for coarse, fine in pairwise(table):
        convolutions += [(coarse, fine), (fine, fine)]
    count += sum(inputs * outputs * 9 + outputs + 1 + (512 + 1) * inputs for inputs, outputs in convolutions)
    return count + sum(channels * 3 + 3 + (512 + 1) * channels for channels in table)


def published_judge(side: int, base: int) -> int:
    """From RGB; per block two 3×3 convolutions and a 1×1 shortcut without bias; 3×3 with the deviation; two dense."""
    table = published_channels(side, base)
    last = table[0]
    count = (3 + 1) * table[-1]
    for coarse, fine in pairwise(table):
        count += (fine * fine * 9 + fine) + (fine * coarse * 9 + coarse) + fine * coarse
    return count + (last + 1) * last * 9 + last + (last * 4 * 4 * last + last) + last + 1


def test_width_scales_the_published_channels_and_max_width_caps_them():
    def channels(side: int, **options: object) -> list[int]:
        with torch.device("meta"):
            return [row.channels for row in Painter(PainterConfig(**options), PictureShape(side, side, 3)).table]

    assert channels(64) == [512, 512, 512, 512, 256]
    assert channels(256) == [512, 512, 512, 512, 256, 128, 64]
    assert channels(512) == [512, 512, 512, 512, 512, 256, 128, 64]
    assert channels(64, width=0.25) == [512, 512, 256, 128, 64]
    assert channels(64, width=0.25, max_width=100) == [100, 100, 100, 100, 64]


def test_activations_and_pictures_begin_with_unit_variance():
    shape = PictureShape(64, 64, 3)
    squares: dict[str, list[float]] = defaultdict(list)
    for seed in range(6):
        torch.manual_seed(seed)
        generator = Painter(PainterConfig(latent=128, max_width=128), shape)
        discriminator = Judge(JudgeConfig(max_width=128), shape)
        watched = {f"judge.{name}": block for name, block in discriminator.blocks.items()}
        watched |= {n: m for n, m in generator.named_modules() if isinstance(m, ModulatedConv2d)}
        for name, module in watched.items():
            module.register_forward_hook(
                lambda _m, _i, output, name=name: squares[name].append(output.square().mean().item())
            )
        with torch.no_grad():
            picture = generator(torch.randn(4, 128)).picture
            discriminator(Painted(picture))
        squares["picture"].append(picture.var().item())
    sizes = {name: (sum(values) / len(values)) ** 0.5 for name, values in squares.items()}
    assert len(sizes) == 9 + 4 + 1
    assert {name: size for name, size in sizes.items() if not 0.8 < size < 1.25} == {}


def test_one_latent_is_the_same_latent_for_every_layer_and_two_can_be_mixed():
    generator = painter()
    coarse, fine = generator.map(torch.randn(2, 2, 16).flatten(0, 1)).view(2, 2, 16)
    assert generator.layers == 8
    assert generator.style_mixing == 0.9
    layered = coarse[:, None].repeat(1, 8, 1)
    assert torch.equal(generator.synthesize(layered).picture, generator.synthesize(coarse).picture)
    layered[:, 7] = fine
    only_colours = generator.synthesize(layered).picture
    layered[:, :] = fine[:, None]
    layered[:, 0] = coarse
    for mixed in (only_colours, generator.synthesize(layered).picture):
        assert not torch.allclose(mixed, generator.synthesize(coarse).picture, atol=1e-3)
        assert not torch.allclose(mixed, generator.synthesize(fine).picture, atol=1e-3)


def test_noise_changes_details_only_where_the_network_has_learned_to_use_it():
    generator = painter()
    assert generator.noise_shapes["4x4.conv1"] == (4, 4)
    assert generator.noise_shapes["32x32.conv0"] == (32, 32)
    assert len(generator.noise_shapes) == 7
    z = torch.randn(2, 16)
    silent = generator(z).picture
    assert torch.equal(generator(z, noise_of(generator, 2)).picture, silent)
    loud(generator)
    assert torch.equal(generator(z).picture, silent), "none is zeros"
    finest = {"32x32.conv1": noise_of(generator, 2)["32x32.conv1"]}
    changed = generator(z, finest).picture - silent
    assert changed.any()
    assert F.avg_pool2d(changed, 8).std() < 0.5 * changed.std()


def test_a_picture_does_not_depend_on_its_batch_mates():
    generator = loud(painter())
    z, noise = torch.randn(3, 16), noise_of(generator, 3)
    together = generator(z, noise).picture
    alone = generator(z[1:2], {name: values[1:2] for name, values in noise.items()}).picture
    torch.testing.assert_close(together[1:2], alone)


def test_the_same_seed_gives_the_same_weights():
    for build in (painter, judge):
        first, second = build().state_dict(), build().state_dict()
        assert all(torch.equal(value, second[name]) for name, value in first.items())


def test_colour_never_exceeds_alpha():
    picture = painter(PictureShape(32, 32, 4))(torch.randn(4, 16)).picture
    assert picture.abs().max() <= 1
    assert (picture[:, :3] - picture[:, 3:]).max() <= 1e-6


def test_a_class_decides_what_is_painted_and_how_it_is_judged():
    shape = PictureShape(32, 32, 3, classes=2)
    generator, discriminator = painter(shape), judge(shape)
    z, first, second = torch.randn(2, 16), torch.tensor([0, 0]), torch.tensor([1, 1])
    picture = generator(z, label=first).picture
    assert not torch.allclose(picture, generator(z, label=second).picture, atol=1e-3)
    logits = [discriminator(Painted(picture), label=label).logits[0] for label in (first, second)]
    assert not torch.allclose(*logits, atol=1e-3)


@pytest.mark.parametrize("shape", [SMALL, PictureShape(72, 40, 1)], ids=str)
def test_a_stage_begins_as_the_enlarged_one_before_and_ends_as_itself(shape):
    generator, w = painter(shape), torch.randn(2, 16)
    whole = generator.synthesize(w).picture
    previous = None
    for row in generator.table:
        size = min(row.height, row.width)
        generator.set_stage(size, 1.0)
        newest = generator.synthesize(w).picture
        assert newest.shape[2:] == (row.height, row.width)
        assert generator.layers == len({name.split(".")[0] for name in generator.noise_shapes}) * 2
        if previous is not None:
            enlarged = generator.upsample(previous)[:, :, : row.height, : row.width]
            generator.set_stage(size, 0.0)
            torch.testing.assert_close(generator.synthesize(w).picture, enlarged)
            generator.set_stage(size, 0.25)
            torch.testing.assert_close(generator.synthesize(w).picture, enlarged.lerp(newest, 0.25))
        previous = newest
    assert torch.equal(newest, whole)


@pytest.mark.parametrize("shape", [SMALL, PictureShape(72, 40, 1)], ids=str)
def test_a_discriminators_stage_begins_as_the_one_before_on_halved_pictures(shape):
    discriminator = judge(shape)
    pictures = torch.randn(4, shape.channels, shape.height, shape.width)
    whole = discriminator(Painted(pictures)).logits[0]
    for row in discriminator.table[:-1]:
        size, smaller = min(row.height, row.width), F.avg_pool2d(pictures, 2, ceil_mode=True)
        discriminator.set_stage(size, 1.0)
        newest = discriminator(Painted(pictures)).logits[0]
        discriminator.set_stage(size, 0.0)
        begun = discriminator(Painted(pictures)).logits[0]
        discriminator.set_stage(-(-size // 2), 1.0)
        torch.testing.assert_close(begun, discriminator(Painted(smaller)).logits[0])
        assert not torch.allclose(begun, newest)
        pictures = smaller
    discriminator.set_stage(min(shape.height, shape.width), 1.0)
    pictures = torch.randn(4, shape.channels, shape.height, shape.width)
    torch.testing.assert_close(discriminator(Painted(pictures)).logits[0], judge(shape)(Painted(pictures)).logits[0])
    assert whole.shape == (4,)


def test_a_size_that_is_no_stage_is_refused():
    for network in (painter(), judge()):
        with pytest.raises(ValueError, match="4, 8, 16, 32"):
            network.set_stage(12, 1.0)


def test_a_small_network_loads_by_name_into_one_of_twice_the_size_and_paints_the_same_there():
    small, large = painter(), painter(PictureShape(64, 64, 3))
    small_judge, large_judge = judge(), judge(PictureShape(64, 64, 3))
    for old, new in ((small, large), (small_judge, large_judge)):
        with torch.no_grad():
            for parameter in new.parameters():
                parameter.add_(1.0)
        result = new.load_state_dict(old.state_dict(), strict=False)
        assert not result.unexpected_keys
        assert all(".64x64." in name for name in result.missing_keys)
        new.set_stage(32, 1.0)
    z = torch.randn(2, 16)
    torch.testing.assert_close(large(z).picture, small(z).picture)
    torch.testing.assert_close(large_judge(small(z)).logits, small_judge(small(z)).logits)


def test_features_are_named_after_their_grid_and_come_only_when_asked_for():
    discriminator, pictures = judge(), Painted(torch.rand(2, 3, 32, 32))
    assert not discriminator(pictures).features
    features = discriminator(pictures, want=frozenset({"features"})).features
    assert {name: tuple(value.shape[2:]) for name, value in features.items()} == {
        "16x16": (16, 16),
        "8x8": (8, 8),
        "4x4": (4, 4),
    }


def test_there_are_features_to_compare_at_every_stage():
    discriminator = judge()
    for row in discriminator.table:
        discriminator.set_stage(row.height, 1.0)
        pictures = torch.rand(2, 3, row.height, row.width, requires_grad=True)
        features = discriminator(Painted(pictures), want=frozenset({"features"})).features
        assert list(features)[-1] == "4x4"
        for value in features.values():
            (gradient,) = torch.autograd.grad(value.sum(), pictures, retain_graph=True)
            assert gradient.any()


def test_what_is_frozen_first_is_next_to_the_picture():
    discriminator = judge()
    in_layers = [parameter for layer in discriminator.layers for parameter in layer.parameters()]
    assert {id(p) for p in in_layers} == {id(p) for p in discriminator.parameters()}
    assert discriminator.layers[0] is discriminator.from_picture
    assert discriminator.layers[-1] is discriminator.head


def test_the_gradient_penalty_has_a_right_gradient():
    shape = PictureShape(16, 16, 1)
    discriminator = judge(shape, max_width=2, minibatch_stddev=0).double()  # the deviation is float32
    pictures = torch.randn(2, 1, 16, 16, dtype=torch.float64, requires_grad=True)
    weight = discriminator.blocks["8x8"].conv1.weight

    def penalty() -> torch.Tensor:
        (gradient,) = torch.autograd.grad(discriminator(Painted(pictures)).logits[0].sum(), pictures, create_graph=True)
        return gradient.square().sum()

    (analytic,) = torch.autograd.grad(penalty(), weight)
    direction, step = torch.randn_like(weight), 1e-6
    with torch.no_grad():
        weight += step * direction
    ahead = penalty()
    with torch.no_grad():
        weight -= 2 * step * direction
    torch.testing.assert_close((analytic * direction).sum(), (ahead - penalty()) / (2 * step), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("channels", [3, 4])
def test_half_precision_paints_and_judges_about_the_same_in_full(channels):
    shape = PictureShape(64, 64, channels)
    generator, discriminator = painter(shape).to(memory_format=torch.channels_last), judge(shape)
    z, noise = torch.randn(2, 16), noise_of(loud(generator), 2)
    full = generator(z, noise)
    with torch.autocast("cpu", torch.bfloat16):
        half = generator(z, noise)
        (logits,) = discriminator(half).logits
    assert half.picture.dtype == logits.dtype == torch.float32
    assert (half.picture - full.picture).abs().mean() < 0.03 * full.picture.std()
    torch.testing.assert_close(logits, discriminator(full).logits[0], rtol=0.1, atol=0.1)
    logits.sum().backward()
    assert all(parameter.grad.isfinite().all() for parameter in generator.parameters())


def test_every_layer_learns_at_an_equal_rate_but_the_mapping():
    modules = [*painter(max_width=64, latent=64).modules(), *judge(max_width=64).modules()]
    kinds = (ModulatedConv2d, ModulatedToPicture, EqualizedConv2d, EqualizedLinear)
    spreads = [
        module.weight.std().item() for module in modules if isinstance(module, kinds) and module.weight.numel() > 1000
    ]
    assert all(spread == pytest.approx(1, rel=0.1) or spread == pytest.approx(100, rel=0.1) for spread in spreads)
    assert sum(spread > 50 for spread in spreads) == 2


@pytest.mark.parametrize("mixing", [0.0, 0.9])
def test_each_layer_has_a_w_of_its_own_whether_styles_are_mixed_or_not(tiny_job, mixing: float):
    """Path length is the root mean square over the layers' gradients, and means the same in both."""
    job = tiny_job(
        "generator.type=stylegan-lite", "discriminator.type=stylegan-lite", f"generator.style_mixing={mixing}"
    )
    state = TrainState.build(job, job.data.shape)
    draws = Draws(3, "painted", 0, 4, state.device)
    w = mapped(state, draws, None)
    assert w.shape == (4, state.generator.layers, state.generator.latent_size)
    if not mixing:
        z = draws.child("latent").normal(state.generator.latent_size)
        assert torch.equal(w, state.generator.map(z)[:, None].expand_as(w))
