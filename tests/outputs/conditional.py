"""A tiny generator with classes for the tests of latents and outputs; untrained, but a real network."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from artgen.contracts import Painted, PictureShape
from artgen.latents.sampler import Sampler

CLASSES = ("cats", "dogs", "very long named whippets")


class Conditional(nn.Module):
    """The class goes into the mapping, and a red, green or blue cast comes out."""

    input = "latent"
    latent_size = 12
    noise_shapes: dict[str, tuple[int, int]] = {}  # noqa: RUF012 - the contract's attribute

    def __init__(self, shape: PictureShape) -> None:
        super().__init__()
        self.size = (shape.height, shape.width)
        self.mapping = nn.Linear(12, 20)
        self.of_class = nn.Embedding(shape.classes, 20)
        self.paint = nn.Linear(20, 3 * 4)
        self.casts = nn.Linear(20, 3)

    def map(self, z: Tensor, label: Tensor) -> Tensor:
        return self.mapping(z) + 3 * self.of_class(label)

    def synthesize(self, w: Tensor, noise: object = None) -> Painted:
        assert noise is None
        grid = self.paint(w).reshape(-1, 3, 2, 2) + self.casts(w).reshape(-1, 3, 1, 1)
        return Painted(torch.tanh(nn.functional.interpolate(grid, size=self.size, mode="bilinear")))


def conditional_sampler() -> Sampler:
    shape = PictureShape(16, 16, 3, classes=len(CLASSES))
    torch.manual_seed(6)
    return Sampler(Conditional(shape), shape, classes=CLASSES)
