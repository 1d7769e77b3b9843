"""Twice the size without a pattern of odd and even pixels: a transposed 3×3 convolution, then a blur."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from artgen.layers.filtered import Blur

_SPREAD = 4.0
"""Three of four pixels are zeros before the blur."""


class SmoothConv2d(nn.Module):
    """Doubling as in StyleGAN2 (T. Karras et al., 2020): what is between the old pixels is blended from them.

    Repeated pixels and 4×4 transposed convolutions compute odd and even pixels by different sums, which a few layers
    after them cannot make up for: a grid is left in whatever has texture. This costs about as much as either.

    Args:
        inputs: channels in.
        outputs: channels out.
        bias: whether to add one.

    Shape:
        (B, inputs, H, W) to (B, outputs, 2H, 2W)
    """

    def __init__(self, inputs: int, outputs: int, *, bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(inputs, outputs, 3, 3))
        nn.init.kaiming_uniform_(self.weight, a=5**0.5)
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.blur = Blur(padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Double the size of (B, C, H, W)."""
        y: Tensor = self.blur(F.conv_transpose2d(x, self.weight * _SPREAD, stride=2))
        return y if self.bias is None else y + self.bias.to(y.dtype)[:, None, None]
