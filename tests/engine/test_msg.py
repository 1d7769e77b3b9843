from __future__ import annotations

import pytest
import torch

from artgen.contracts import Painted, PictureShape
from artgen.discriminators.config import MSGConfig as JudgeConfig
from artgen.discriminators.msg import MSG as Judge  # noqa: N811 - both are called MSG
from artgen.generators.config import MSGConfig as PainterConfig
from artgen.generators.msg import MSG as Painter  # noqa: N811 - both are called MSG
from artgen.layers.pixel_norm import PixelNorm

SHAPES = [(16, 16, 3), (32, 32, 1), (64, 64, 4), (96, 64, 3), (24, 40, 3), (200, 104, 3)]


def painter(shape: PictureShape, **options: object) -> Painter:
    torch.manual_seed(1)
    return Painter(PainterConfig(**{"latent": 8, "width": 4, "max_width": 8, **options}), shape)


def judge(shape: PictureShape, **options: object) -> Judge:
    torch.manual_seed(2)
    return Judge(JudgeConfig(**{"width": 4, "max_width": 8, **options}), shape)


@pytest.mark.parametrize("size", SHAPES, ids=str)
def test_any_allowed_shape_is_painted_and_judged_and_every_parameter_learns(size):
    shape = PictureShape(*size)
    generator, discriminator = painter(shape), judge(shape)
    z = torch.randn(3, 8, requires_grad=True)
    painted = generator(z)
    assert painted.picture.shape == (3, shape.channels, shape.height, shape.width)
    assert [tuple(scale.shape[2:]) for scale in painted.scales] == list(generator.scale_shapes)
    assert all(picture.abs().max() <= 1 for picture in (painted.picture, *painted.scales))
    (logits,) = discriminator(painted).logits
    assert logits.shape == (3,)
    logits.sum().backward()
    learning = {"z": z, **dict(generator.named_parameters()), **dict(discriminator.named_parameters())}
    still = [name for name, tensor in learning.items() if tensor.grad is None or not tensor.grad.any()]
    assert not still


def test_scales_are_every_coarser_size_the_finest_first():
    assert painter(PictureShape(64, 64, 3)).scale_shapes == ((32, 32), (16, 16), (8, 8), (4, 4))
    assert painter(PictureShape(96, 64, 3)).scale_shapes == ((32, 48), (16, 24), (8, 12), (4, 6))
    assert painter(PictureShape(24, 40, 3)).scale_shapes == ((20, 12), (10, 6), (5, 3))


def test_the_discriminator_sees_every_scale():
    shape = PictureShape(32, 32, 3)
    painted = painter(shape)(torch.randn(3, 8)).detach()
    leaves = [picture.requires_grad_() for picture in (painted.picture, *painted.scales)]
    (logits,) = judge(shape)(painted).logits
    gradients = torch.autograd.grad(logits.sum(), leaves, create_graph=True)
    assert all(gradient.any() for gradient in gradients)
    penalised = judge(shape)
    gradients = torch.autograd.grad(penalised(painted).logits[0].sum(), leaves, create_graph=True)
    sum(gradient.square().sum() for gradient in gradients).backward()
    assert all(parameter.grad.any() for name, parameter in penalised.named_parameters() if name.endswith("weight")), (
        "a gradient penalty reaches every layer"
    )


def test_a_batch_of_one_picture_repeated_is_told_from_a_varied_one():
    shape = PictureShape(16, 16, 3)
    discriminator = judge(shape, minibatch_stddev=4)
    varied = painter(shape)(torch.randn(4, 8)).detach()
    same = Painted(varied.picture[:1].expand(4, -1, -1, -1), tuple(s[:1].expand(4, -1, -1, -1) for s in varied.scales))
    assert not torch.allclose(discriminator(varied).logits[0][0], discriminator(same).logits[0][0])


def test_pictures_of_all_scales_begin_alike_in_range_and_logits_are_small():
    shape = PictureShape(64, 64, 3)
    painted = painter(shape, width=32, max_width=128)(torch.randn(4, 8))
    for picture in (painted.picture, *painted.scales):
        assert 0.1 < picture.std() < 0.8
    assert judge(shape, width=32, max_width=128)(painted).logits[0].abs().max() < 5


def test_colour_never_exceeds_alpha_at_any_scale():
    painted = painter(PictureShape(32, 32, 4))(torch.randn(4, 8) * 20)
    for picture in (painted.picture, *painted.scales):
        assert (picture[:, :3] - picture[:, 3:]).max() <= 1e-6


def test_pixel_norm_gives_every_pixel_a_mean_square_of_one():
    x = torch.randn(2, 5, 3, 4, dtype=torch.float64).float() * 50
    torch.testing.assert_close(PixelNorm()(x).square().mean(dim=1), torch.ones(2, 3, 4))
    torch.testing.assert_close(PixelNorm()(x), PixelNorm()(x / 7))


def test_features_come_only_when_asked_for():
    shape = PictureShape(16, 16, 3)
    painted = painter(shape)(torch.randn(2, 8))
    assert not judge(shape)(painted).features
    assert judge(shape)(painted, want=frozenset({"features"})).features["last"].shape == (2, 8 + 3, 4, 4)


def test_half_precision_paints_and_judges_in_full():
    shape = PictureShape(32, 32, 4)
    generator, discriminator = painter(shape), judge(shape)
    with torch.autocast("cpu", torch.bfloat16):
        painted = generator(torch.randn(2, 8))
        (logits,) = discriminator(painted).logits
    assert {picture.dtype for picture in (painted.picture, *painted.scales, logits)} == {torch.float32}
    logits.sum().backward()
    assert all(parameter.grad.isfinite().all() for parameter in generator.parameters())


def test_layers_stand_in_order_from_the_picture_and_hold_all_that_judges():
    discriminator = judge(PictureShape(32, 32, 3))
    frozen = {id(parameter) for layer in discriminator.layers for parameter in layer.parameters()}
    assert frozen == {id(parameter) for parameter in discriminator.parameters()}
    assert discriminator.layers[0] is discriminator.stem
