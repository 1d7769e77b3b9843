"""From a latent, and perhaps a class, to what steers the layers (T. Karras et al., "A Style-Based Generator", 2019)."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from artgen.layers.equalized import EqualizedLinear

_SLOPE = 0.2
_LR_MULTIPLIER = 0.01
_EPSILON = 1e-8


class Mapping(nn.Module):
    """z, normalised, and the class's learned numbers, normalised → dense layers with leaky ReLU times √2 → w.

    The layers learn at a hundredth of the rate. All is computed in float32, also under autocast.

    Args:
        latent: size of z and of w.
        layers: how many.
        classes: 0 when the pictures are of one kind.

    Shape:
        (B, latent) and perhaps (B,) int64 to (B, latent)
    """

    def __init__(self, latent: int, layers: int, classes: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(classes, latent) if classes else None
        inputs = [latent * 2 if classes else latent] + [latent] * (layers - 1)
        self.layers = nn.ModuleList(EqualizedLinear(size, latent, lr_multiplier=_LR_MULTIPLIER) for size in inputs)

    def forward(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        """Map (B, latent)."""
        with torch.autocast(z.device.type, enabled=False):
            x = _normalised(z)
            if self.embedding is not None:
                x = torch.cat((x, _normalised(self.embedding(label))), dim=1)
            for layer in self.layers:
                x = F.leaky_relu(layer(x), _SLOPE) * math.sqrt(2)
            return x


def _normalised(x: Tensor) -> Tensor:
    """To a mean square of 1 per sample."""
    return x * (x.square().mean(dim=1, keepdim=True) + _EPSILON).rsqrt()
