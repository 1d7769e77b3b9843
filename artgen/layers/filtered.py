"""Resampling without aliases: the binomial filter [1, 3, 3, 1] before halving and after doubling.

StyleGAN2's filter (T. Karras et al., 2020). As one depthwise 4×4 convolution it was seen to be faster than as two of
four taps, as sums of shifted copies, as averages, or as bilinear resizing (which is the same filter but for borders).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_TAPS = (1.0, 3.0, 3.0, 1.0)


class Blur(nn.Module):
    """The filter at full resolution, over zeros beyond the border.

    Args:
        padding: zeros on every side; the result is 2·padding - 3 larger.

    Shape:
        (B, C, H, W) to (B, C, H + 2·padding - 3, W + 2·padding - 3)
    """

    filter: Tensor

    def __init__(self, padding: int) -> None:
        super().__init__()
        self.padding = padding
        self.register_buffer("filter", _filter(), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Blur (B, C, H, W)."""
        channels = x.shape[1]
        return F.conv2d(x, self.filter.expand(channels, 1, 4, 4), padding=self.padding, groups=channels)


class Upsample(nn.Module):
    """Twice the size: zeros between the pixels, then the filter.

    Shape:
        (B, C, H, W) to (B, C, 2H, 2W)
    """

    filter: Tensor

    def __init__(self) -> None:
        super().__init__()
        # times 4, because three of four pixels are zeros
        self.register_buffer("filter", _filter() * 4, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Double (B, C, H, W)."""
        channels = x.shape[1]
        filters = self.filter.expand(channels, 1, 4, 4)
        return F.conv_transpose2d(x, filters, stride=2, padding=1, groups=channels)


def _filter() -> Tensor:
    """(1, 1, 4, 4), of sum 1."""
    taps = torch.tensor(_TAPS) / sum(_TAPS)
    return torch.outer(taps, taps)[None, None]
