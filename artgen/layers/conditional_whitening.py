"""Instance whitening with a scale and a shift for each style: all that styles do not share in one network."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

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
        rows, covariance = _Centred.apply(x)  # type: ignore[no-untyped-call]
        changed = torch.baddbmm(shift[:, None], rows, (mix @ _whitening(covariance, iterations)).mT)
        return _as_maps(changed.to(x.dtype), x.shape)


class _Centred(torch.autograd.Function):
    """Maps (B, C, H, W) as rows of channels (B, H W, C) of mean 0, and their covariance (B, C, C).

    Both depend on the maps, and autograd by itself would go back over them once for each factor and each subtraction.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> tuple[Tensor, Tensor]:
        precision = torch.promote_types(x.dtype, torch.float32)
        rows = x.permute(0, 2, 3, 1).flatten(1, 2)  # a view, where channels come last
        # made single before the subtraction: one of two precisions is many times slower on a CPU
        centred = rows.to(precision, copy=True).sub_(rows.mean(dim=1, keepdim=True, dtype=precision))
        ctx.save_for_backward(centred)
        ctx.maps = x.shape, x.dtype
        return centred, (centred.mT @ centred) / centred.shape[1]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, of_rows: Tensor, of_covariance: Tensor) -> Tensor:
        (rows,) = ctx.saved_tensors
        shape, dtype = ctx.maps
        of_both = (of_covariance + of_covariance.mT) / rows.shape[1]
        slope = torch.baddbmm(-of_rows.mean(dim=1, keepdim=True), rows, of_both).add_(of_rows)
        return _as_maps(slope.to(dtype), shape)


def _as_maps(rows: Tensor, shape: torch.Size) -> Tensor:
    """Rows of channels, (B, H W, C), as (B, C, H, W) with the channels last in memory."""
    return rows.view(shape[0], *shape[2:], shape[1]).permute(0, 3, 1, 2)


def _whitening(covariance: Tensor, iterations: int) -> Tensor:
    """Nearly the inverse square root, (B, C, C), by Newton's iterations from the side of the small eigenvalues."""
    channels = covariance.shape[1]
    same = torch.eye(channels, dtype=covariance.dtype, device=covariance.device)
    trace = covariance.diagonal(dim1=1, dim2=2).sum(dim=1)[:, None, None] + _TINY
    covariance = covariance / trace + _RIDGE / channels * same
    root = 1.5 * same - 0.5 * covariance
    for _ in range(iterations - 1):
        root = torch.baddbmm(root, root @ root, root @ covariance, beta=1.5, alpha=-0.5)
    return root * trace.rsqrt()
