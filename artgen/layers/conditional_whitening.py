"""Instance whitening with a scale and a shift for each style: all that styles do not share in one network."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from artgen.layers.full_precision import full_precision

_RIDGE = 3e-3
"""Of the mean variance, added to each: how far channels that hardly vary are raised."""
_TINY = 1e-8
_ITERATIONS = 5


class ConditionalWhitening(nn.Module):
    """Mean 0 and a covariance near 1 over the places of each picture, then the scale and the shift of its style.

    Source: whitening as in L. Huang et al., "Iterative normalization", 2019, over single pictures as in X. Pan et al.,
    "Switchable whitening", 2019; a scale and a shift for each style as in V. Dumoulin, J. Shlens, M. Kudlur, "A learned
    representation for artistic style", 2017. An instance norm leaves channels as correlated as they are in a picture,
    most of all in a smooth one, and what comes after would have to be right for each picture's correlations at once.

    Args:
        channels: of the maps.
        styles: how many there are.

    Shape:
        (B, channels, H, W) and labels (B,) int64 to (B, channels, H, W)
    """

    def __init__(self, channels: int, styles: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(styles, channels))
        self.shift = nn.Parameter(torch.zeros(styles, channels))

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        """Whiten maps and give them their styles."""
        return recolored(x, torch.diag_embed(self.scale[label]), self.shift[label])


def recolored(x: Tensor, mix: Tensor, shift: Tensor, iterations: int = _ITERATIONS) -> Tensor:
    """Maps with another mean and covariance: whitened, then mixed.

    Args:
        x: (B, C, H, W).
        mix: what becomes of the whitened channels, (B, C, C).
        shift: the mean afterwards, (B, C).
        iterations: each carries channels that vary less a factor of 1.5 nearer to 1.
    """
    with torch.autocast(x.device.type, enabled=False):  # a covariance needs all its digits
        places = full_precision(x).permute(0, 2, 3, 1)  # a view, where channels come last
        rows = places.flatten(1, 2)
        rows = rows - rows.mean(dim=1, keepdim=True)
        covariance = rows.mT @ rows / rows.shape[1]
        changed = torch.baddbmm(shift[:, None], rows, (mix @ _whitening(covariance, iterations)).mT)
        return changed.view_as(places).permute(0, 3, 1, 2).to(x.dtype)


def _whitening(covariance: Tensor, iterations: int) -> Tensor:
    """Nearly the inverse square root, (B, C, C), by Newton's iterations from the side of the small eigenvalues."""
    channels = covariance.shape[1]
    same = torch.eye(channels, dtype=covariance.dtype, device=covariance.device)
    trace = covariance.diagonal(dim1=1, dim2=2).sum(dim=1)[:, None, None] + _TINY
    covariance = covariance / trace + _RIDGE / channels * same
    root = same.expand_as(covariance)
    for _ in range(iterations):
        root = 1.5 * root - 0.5 * root @ root @ root @ covariance
    return root * trace.rsqrt()
