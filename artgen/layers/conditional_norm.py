"""Instance norm with a scale and a shift for each style: all that styles do not share in one network."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ConditionalInstanceNorm(nn.Module):
    """Mean 0 and variance 1 over each map of each picture, then the scale and the shift of its style.

    Source: V. Dumoulin, J. Shlens, M. Kudlur, "A learned representation for artistic style", 2017. With one style it is
    the instance norm of D. Ulyanov, A. Vedaldi, V. Lempitsky, 2016.

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
        """Normalise maps and give them their styles."""
        # group norm with a group for each map: the same numbers, and quicker on a CPU in channels-last layout
        normal = F.group_norm(x, x.shape[1])
        scale, shift = (table[label].to(normal.dtype)[:, :, None, None] for table in (self.scale, self.shift))
        return torch.addcmul(shift, normal, scale)
