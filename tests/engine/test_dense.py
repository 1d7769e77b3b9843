from __future__ import annotations

import pytest
import torch

from artgen.contracts import PictureShape
from artgen.discriminators.config import DenseConfig as JudgeConfig
from artgen.discriminators.dense import Dense as Judge
from artgen.generators.config import DenseConfig as PainterConfig
from artgen.generators.dense import Dense as Painter


@pytest.mark.parametrize("size", [(16, 16, 1), (24, 40, 3), (16, 24, 4)], ids=str)
def test_any_allowed_shape_is_painted_and_judged_and_every_parameter_learns(size):
    shape = PictureShape(*size)
    generator = Painter(PainterConfig(latent=10, hidden=[20, 30]), shape)
    discriminator = Judge(JudgeConfig(hidden=[30, 20]), shape)
    z = torch.randn(3, 10, requires_grad=True)
    painted = generator(z)
    assert painted.picture.shape == (3, shape.channels, shape.height, shape.width)
    assert painted.picture.abs().max() <= 1
    (logits,) = discriminator(painted).logits
    assert logits.shape == (3,)
    logits.sum().backward()
    assert all(tensor.grad.any() for tensor in (z, *generator.parameters(), *discriminator.parameters()))


def test_the_default_layers_are_the_lessons():
    shape = PictureShape(16, 16, 1)
    generator, discriminator = Painter(PainterConfig(), shape), Judge(JudgeConfig(), shape)
    assert [tuple(p.shape) for p in generator.parameters() if p.dim() == 2] == [
        (256, 100),
        (512, 256),
        (1024, 512),
        (256, 1024),
    ]
    assert [tuple(p.shape) for p in discriminator.parameters() if p.dim() == 2] == [(512, 256), (256, 512), (1, 256)]


def test_the_same_seed_gives_the_same_picture():
    pictures = []
    for _ in range(2):
        torch.manual_seed(3)
        generator = Painter(PainterConfig(norm="batch", hidden=[16]), PictureShape(16, 16, 4))
        pictures.append(generator(torch.randn(2, 100)).picture)
    assert torch.equal(*pictures)
    assert (pictures[0][:, :3] - pictures[0][:, 3:]).max() <= 1e-6
