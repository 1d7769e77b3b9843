"""Tiny generators for the tests of latents and outputs; untrained, but real networks."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from artgen.contracts import Painted, PictureShape
from artgen.generators.config import DCGANConfig, DenseConfig, StyleGANLiteConfig
from artgen.generators.dcgan import DCGAN
from artgen.generators.dense import Dense
from artgen.generators.stylegan_lite import StyleGANLite
from artgen.latents.sampler import Sampler


class Mapped(nn.Module):
    """With a mapping network and noise, as style-based generators have."""

    input = "latent"
    latent_size = 12
    noise_shapes = {"4x4": (4, 4), "16x16": (16, 16)}  # noqa: RUF012 - the contract's attribute

    def __init__(self, shape: PictureShape) -> None:
        super().__init__()
        assert (shape.width, shape.height) == (16, 16)
        self.mapping = nn.Sequential(nn.Linear(12, 20), nn.LeakyReLU(0.2), nn.Linear(20, 20))
        self.start = nn.Linear(20, 16 * 16)
        self.paint = nn.Conv2d(16, shape.channels, 3, padding=1)

    def map(self, z: Tensor) -> Tensor:
        return self.mapping(z)

    def synthesize(self, w: Tensor, noise: Mapping[str, Tensor] | None = None) -> Painted:
        assert noise is not None
        grid = self.start(w).reshape(-1, 16, 4, 4) + noise["4x4"]
        grid = nn.functional.interpolate(grid, size=(16, 16)) + 0.3 * noise["16x16"]
        return Painted(torch.tanh(3 * self.paint(grid)))


def sampler(kind: str = "transposed", shape: PictureShape | None = None) -> Sampler:
    """An untrained sampler: transposed, resize, spectral, dense, mapped, or layered: with a w for each layer."""
    shape = shape or PictureShape(16, 16, 3)
    torch.manual_seed(5)
    if kind == "dense":
        network: nn.Module = Dense(DenseConfig(latent=20, hidden=[64, 96]), shape)
    elif kind == "mapped":
        network = Mapped(shape)
    elif kind == "layered":
        network = StyleGANLite(StyleGANLiteConfig(latent=8, max_width=8), shape)
        for name, parameter in network.named_parameters():
            if "noise" in name:  # its strength is 0 at first
                parameter.data.fill_(0.1)
    elif kind == "spectral":
        network = DCGAN(DCGANConfig(latent=12, width=8, norm="spectral"), shape)
    else:
        network = DCGAN(DCGANConfig(latent=12, width=8, upsampling=kind), shape)
    for parameter in network.parameters():  # untrained networks paint grey: let them paint something
        parameter.data.mul_(3)
    return Sampler(network.to(memory_format=torch.channels_last), shape, recipe={"note": "test"})
