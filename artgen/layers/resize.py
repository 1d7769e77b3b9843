"""Twice the size by repeating pixels, then a 3×3 convolution, at the price of a transposed 4×4 convolution."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ResizeConv2d(nn.Module):
    """Nearest-neighbour doubling followed by a 3×3 convolution with zero padding.

    Doubling repeats each pixel 2×2, so both together are one transposed convolution of stride 2 whose 4×4 kernel is
    the 3×3 kernel summed over the repeats: 16 multiplications per input pixel instead of 36 and no enlarged copy
    (about twice as fast forward and backward). The result is the same up to rounding.

    Args:
        inputs: channels in.
        outputs: channels out.
        bias: whether to add one.

    Shape:
        (B, inputs, H, W) to (B, outputs, 2H, 2W)
    """

    fold: Tensor

    def __init__(self, inputs: int, outputs: int, *, bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(inputs, outputs, 3, 3))
        nn.init.kaiming_uniform_(self.weight, a=5**0.5)
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.register_buffer("fold", _fold(), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Double the size of (B, C, H, W)."""
        inputs, outputs = self.weight.shape[:2]
        kernel = (self.weight.reshape(inputs * outputs, 9) @ self.fold).view(inputs, outputs, 4, 4)
        return F.conv_transpose2d(x, kernel, self.bias, stride=2, padding=1)


def _fold() -> Tensor:
    """The (9, 16) matrix from a 3×3 kernel to the 4×4 one: tap k of the small one is taps 2-k and 3-k of the large."""
    side = torch.zeros(3, 4)
    for tap in range(3):
        side[tap, 2 - tap : 4 - tap] = 1.0
    return torch.einsum("ia,jb->ijab", side, side).reshape(9, 16)
