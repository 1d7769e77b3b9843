"""Spectral normalisation (T. Miyato et al., "Spectral Normalization for Generative Adversarial Networks", 2018)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrize

_FIRST_ITERATIONS = 15


class SpectralNorm(nn.Module):
    """A weight divided by its largest singular value, which one power iteration per pass keeps track of.

    It iterates only in a training pass that computes a gradient for the weight: for a discriminator in its own phase
    (the real and the fake pass), not while it is frozen for the generator and not in evaluation. Whether to iterate
    is decided by the pass alone, so that `u` and `v` are all that a checkpoint needs to go on exactly.

    Args:
        weight: initialised already; the first iterations start from it.
        output_dim: which dimension counts outputs (0 for convolutions, 1 for transposed ones).
    """

    u: Tensor
    v: Tensor

    def __init__(self, weight: Tensor, output_dim: int) -> None:
        super().__init__()
        self.output_dim = output_dim
        matrix = self._matrix(weight.detach())
        self.register_buffer("u", F.normalize(torch.randn_like(matrix[:, 0]), dim=0))
        self.register_buffer("v", F.normalize(torch.randn_like(matrix[0]), dim=0))
        for _ in range(_FIRST_ITERATIONS):
            self._iterate(matrix)

    def forward(self, weight: Tensor) -> Tensor:
        """The weight over its largest singular value u'Wv (u and v are constants to the gradient)."""
        with torch.autocast(weight.device.type, enabled=False):
            matrix = self._matrix(weight)
            if self.training and weight.requires_grad and torch.is_grad_enabled():
                self._iterate(matrix.detach())
            # copies, because the next pass changes u and v before this one's backward reads them
            return weight / torch.dot(self.u.clone(), matrix.mv(self.v.clone()))

    @torch.no_grad()
    def _iterate(self, matrix: Tensor) -> None:
        self.v.copy_(F.normalize(matrix.T.mv(self.u), dim=0))
        self.u.copy_(F.normalize(matrix.mv(self.v), dim=0))

    def _matrix(self, weight: Tensor) -> Tensor:
        """(outputs, rest); for a convolution in channels_last this is a view."""
        if weight.dim() == 4:
            order = (0, 2, 3, 1) if self.output_dim == 0 else (1, 2, 3, 0)
            weight = weight.permute(order)
        return weight.flatten(1)


def spectrally_normalised(layer: nn.Module) -> nn.Module:
    """The same layer with its weight, already initialised, under spectral normalisation."""
    weight = layer.get_parameter("weight")
    output_dim = 0 if isinstance(layer, nn.Conv2d | nn.Linear) else 1
    parametrize.register_parametrization(layer, "weight", SpectralNorm(weight, output_dim), unsafe=True)
    return layer
