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
        scale, shift = self.scale[label], self.shift[label]
        if x.device.type == "cpu" and not torch.compiler.is_exporting():
            return _one_by_one(x, scale, shift)
        normal = F.group_norm(x, x.shape[1])  # a group for each map
        return torch.addcmul(_for_maps(shift, normal), normal, _for_maps(scale, normal))


def _one_by_one(x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """Each picture as a batch of its own: the same numbers, and much quicker on a CPU in channels-last layout."""
    normal = [
        F.batch_norm(picture, None, None, weight, bias, training=True)
        for picture, weight, bias in zip(torch.split(x, 1), scale, shift, strict=True)
    ]
    return normal[0] if len(normal) == 1 else torch.cat(normal)


def _for_maps(numbers: Tensor, like: Tensor) -> Tensor:
    return numbers.to(like.dtype)[:, :, None, None]
