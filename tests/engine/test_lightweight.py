from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from artgen.contracts import Painted, PictureShape
from artgen.discriminators.config import LightweightConfig as JudgeConfig
from artgen.discriminators.lightweight import Lightweight as Judge
from artgen.generators.config import LightweightConfig as PainterConfig
from artgen.generators.lightweight import Lightweight as Painter
from artgen.layers.skip_excitation import SkipExcitation

SHAPES = [(16, 16, 3), (32, 32, 1), (64, 64, 4), (96, 64, 3), (24, 40, 3)]
ALL = frozenset({"features", "decoded"})


def painter(shape: PictureShape, **options: object) -> Painter:
    torch.manual_seed(1)
    return Painter(PainterConfig(**{"latent": 8, "width": 8, **options}), shape)


def judge(shape: PictureShape, **options: object) -> Judge:
    torch.manual_seed(2)
    return Judge(JudgeConfig(**{"width": 8, **options}), shape)


def noise(generator: Painter, pictures: int) -> dict[str, torch.Tensor]:
    return {name: torch.randn(pictures, 1, *grid) for name, grid in generator.noise_shapes.items()}


def pictures(shape: PictureShape, count: int = 2) -> Painted:
    return Painted(torch.rand(count, shape.channels, shape.height, shape.width) * 2 - 1)


@pytest.mark.parametrize("norm", ["batch", "spectral"])
@pytest.mark.parametrize("size", SHAPES, ids=str)
def test_any_allowed_shape_is_painted_judged_and_decoded_and_every_parameter_learns(size, norm):
    shape = PictureShape(*size)
    generator, discriminator = painter(shape), judge(shape, norm=norm)
    z = torch.randn(2, 8, requires_grad=True)
    painted = generator(z, noise(generator, 2))
    assert painted.picture.shape == (2, shape.channels, shape.height, shape.width)
    assert painted.picture.abs().max() <= 1
    judged = discriminator(painted, want=ALL)
    loss = judged.logits[0].square().mean() + sum(decoded.square().mean() for decoded in judged.decoded.values())
    loss.backward()
    learning = {"z": z, **dict(generator.named_parameters()), **dict(discriminator.named_parameters())}
    still = [name for name, tensor in learning.items() if tensor.grad is None or not tensor.grad.any()]
    assert not still


@pytest.mark.parametrize(
    ("size", "logits", "decoded"),
    [
        ((16, 16, 3), (5, 5), (8, 8)),
        ((64, 64, 4), (5, 5), (32, 32)),
        ((96, 64, 3), (5, 9), (32, 48)),
        ((256, 256, 3), (5, 5), (128, 128)),
        ((512, 512, 3), (5, 5), (128, 128)),
    ],
    ids=str,
)
def test_logits_are_a_map_and_decoded_pictures_are_half_the_size_up_to_128(size, logits, decoded):
    shape = PictureShape(*size)
    judged = judge(shape)(pictures(shape, 1), want=ALL)
    assert judged.logits[0].shape == (1, 1, *logits)
    assert {tensor.shape for tensor in judged.decoded.values()} == {(1, shape.channels, *decoded)}
    assert judged.features["last"].shape[2:] == tuple(side + 3 for side in logits)


def test_what_no_loss_asks_for_is_not_computed():
    shape = PictureShape(32, 32, 3)
    judged = judge(shape)(pictures(shape))
    assert not judged.features
    assert not judged.decoded


def test_the_whole_and_one_quadrant_are_decoded_and_each_quadrant_gets_its_turn():
    shape = PictureShape(16, 16, 3)
    discriminator = judge(shape)
    names = [tuple(discriminator(pictures(shape), want=ALL).decoded) for _ in range(40)]
    assert {whole for whole, _ in names} == {"whole"}
    assert {quadrant for _, quadrant in names} == {f"quadrant-{number}" for number in range(4)}
    torch.manual_seed(5)
    first = [tuple(discriminator(pictures(shape), want=ALL).decoded) for _ in range(6)]
    torch.manual_seed(5)
    assert [tuple(discriminator(pictures(shape), want=ALL).decoded) for _ in range(6)] == first


def test_a_quadrant_is_decoded_from_its_own_part_of_the_picture():
    shape = PictureShape(32, 32, 3)
    discriminator = judge(shape, norm="spectral").eval()
    for _ in range(12):
        painted = Painted(pictures(shape).picture.requires_grad_())
        name, decoded = list(discriminator(painted, want=ALL).decoded.items())[1]
        (gradient,) = torch.autograd.grad(decoded.sum(), painted.picture)
        quadrants = F.adaptive_avg_pool2d(gradient.abs().sum(dim=(0, 1))[None], 2).flatten()
        assert quadrants.argmax() == int(name.removeprefix("quadrant-"))


def test_a_coarse_grid_weights_the_channels_of_a_fine_one():
    torch.manual_seed(0)
    layer = SkipExcitation(6, 5)
    gating, gated = torch.randn(2, 6, 4, 3), torch.randn(2, 5, 16, 12)
    share = layer(gating, gated) / gated
    assert ((share > 0) & (share < 1)).all()
    torch.testing.assert_close(share, share[:, :, :1, :1].expand_as(share))
    assert not torch.allclose(share, layer(gating + 1, gated) / gated)


def test_skips_join_grids_16_times_apart_where_the_picture_is_large_enough():
    for side, skips in ((32, 0), (64, 1), (128, 2), (256, 3)):
        assert len(painter(PictureShape(side, side, 3)).skips) == skips
    generator = painter(PictureShape(64, 64, 3)).eval()
    seen = []
    generator.skips[0].register_forward_hook(lambda _, inputs, output: seen.append((*inputs, output)))
    generator(torch.randn(1, 8))
    ((coarse, fine, weighted),) = seen
    assert (coarse.shape[2], fine.shape[2]) == (4, 64)
    assert (weighted.abs() < fine.abs()).all()


def test_widths_are_the_papers():
    generator = painter(PictureShape(1024, 1024, 3), width=64)
    widths = [layers[-1].norm.num_features // 2 for layers in generator.doublings]
    assert [generator.start.norm.num_features // 2, *widths] == [1024, 512, 256, 128, 128, 64, 32, 16, 8]


def test_noise_counts_once_its_strength_is_learned_and_painting_without_it_works():
    generator = painter(PictureShape(32, 32, 3)).eval()
    assert sorted(generator.noise_shapes.values()) == [(8, 8), (8, 8), (32, 32), (32, 32)]
    z, drawn = torch.randn(2, 8), noise(generator, 2)
    assert torch.equal(generator(z, drawn).picture, generator(z).picture)
    for name, parameter in generator.named_parameters():
        if name.endswith("noise_strength"):
            torch.nn.init.ones_(parameter)
    assert not torch.allclose(generator(z, drawn).picture, generator(z).picture)


def test_colour_never_exceeds_alpha_in_painted_and_decoded_pictures():
    shape = PictureShape(32, 32, 4)
    painted = painter(shape)(torch.randn(4, 8) * 20)
    decoded = judge(shape)(painted, want=ALL).decoded
    for picture in (painted.picture, *decoded.values()):
        assert (picture[:, :3] - picture[:, 3:]).max() <= 1e-6


@pytest.mark.parametrize("norm", ["batch", "spectral"])
def test_gradient_penalties_reach_the_discriminator(norm):
    shape = PictureShape(64, 64, 3)
    discriminator = judge(shape, norm=norm)
    painted = Painted(pictures(shape).picture.requires_grad_())
    logits = discriminator(painted).logits[0]
    (gradient,) = torch.autograd.grad(logits.sum(), painted.picture, create_graph=True)
    gradient.square().sum().backward()
    assert all(parameter.grad.any() for name, parameter in discriminator.stem.named_parameters() if "weight" in name)


def test_half_precision_paints_judges_and_decodes_in_full():
    shape = PictureShape(64, 64, 4)
    generator, discriminator = painter(shape), judge(shape)
    with torch.autocast("cpu", torch.bfloat16):
        painted = generator(torch.randn(2, 8), noise(generator, 2))
        judged = discriminator(painted, want=ALL)
    assert painted.picture.dtype == judged.logits[0].dtype == torch.float32
    assert all(decoded.dtype == torch.float32 for decoded in judged.decoded.values())
    judged.logits[0].sum().backward()
    assert all(parameter.grad.isfinite().all() for parameter in generator.parameters())


def test_layers_stand_in_order_from_the_picture_and_hold_all_that_judges():
    discriminator = judge(PictureShape(64, 64, 3))
    assert len(discriminator.layers) == 5
    assert discriminator.layers[0] is discriminator.stem
    frozen = {parameter for layer in discriminator.layers for parameter in layer.parameters()}
    decoders = {*discriminator.whole.parameters(), *discriminator.quadrant.parameters()}
    assert frozen == set(discriminator.parameters()) - decoders


def test_a_network_for_larger_pictures_has_the_layers_of_a_smaller_one_and_more():
    for build, grids in ((painter, ("start", "doublings")), (judge, ("halvings", "head"))):
        small, large = (build(PictureShape(side, side, 3)).state_dict() for side in (32, 64))
        kept = [name for name in small if name.startswith(grids)]
        assert kept
        assert all(large[name].shape == small[name].shape for name in kept)
