"""The fully connected generator: the first GAN of the lesson, for small pictures."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import torch
from torch import Tensor, nn

from artgen.contracts import Input, Painted, PictureShape
from artgen.generators.config import DenseConfig
from artgen.layers.full_precision import full_precision
from artgen.layers.premultiplied import premultiplied

_SLOPE = 0.2


class Dense(nn.Module):
    """Latent vector → hidden layers with LeakyReLU → all pixels by tanh.

    Args:
        config: options.
        shape: of the pictures.
    """

    input: Input = "latent"

    def __init__(self, config: DenseConfig, shape: PictureShape) -> None:
        super().__init__()
        self.latent_size = config.latent
        self.noise_shapes: dict[str, tuple[int, int]] = {}
        self.shape = shape
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise((config.latent, *config.hidden)):
            norm = [nn.BatchNorm1d(outputs)] if config.norm == "batch" else []
            layers += [nn.Linear(inputs, outputs), *norm, nn.LeakyReLU(_SLOPE, inplace=True)]
        layers.append(nn.Linear(config.hidden[-1], shape.channels * shape.height * shape.width))
        self.layers = nn.Sequential(*layers)

    def map(self, z: Tensor) -> Tensor:
        """Return z itself: this network has no mapping."""
        return z

    def synthesize(self, w: Tensor, noise: Mapping[str, Tensor] | None = None) -> Painted:  # noqa: ARG002 - it has none
        """Paint latents.

        Shape:
            (B, latent_size) to (B, C, H, W)
        """
        pixels = torch.tanh(full_precision(self.layers(w)))
        shape = self.shape
        return Painted(premultiplied(pixels.view(-1, shape.channels, shape.height, shape.width)))

    def w_matrices(self) -> list[Tensor]:
        """The weights that w is multiplied with.

        Shape:
            one (outputs, latent_size)
        """
        return [self.layers.get_parameter("0.weight")]

    def forward(self, z: Tensor, noise: Mapping[str, Tensor] | None = None) -> Painted:
        """Map and paint."""
        return self.synthesize(self.map(z), noise)
