"""Minibatch standard deviation (T. Karras et al., "Progressive Growing of GANs", 2018, section 3)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from artgen.layers.full_precision import full_precision

_EPSILON = 1e-8


class MinibatchStddev(nn.Module):
    """Append one channel that says how much the pictures of a group differ, so that sameness can be punished.

    Groups are consecutive pictures of the batch; a last group that is not full is one of its own.

    Args:
        group: pictures per group.

    Shape:
        (B, C, H, W) to (B, C + 1, H, W)
    """

    def __init__(self, group: int) -> None:
        super().__init__()
        self.group = group

    def forward(self, x: Tensor) -> Tensor:
        """Append the channel."""
        full = len(x) - len(x) % self.group
        spreads = [
            _spread(part, size) for part, size in ((x[:full], self.group), (x[full:], len(x) - full)) if len(part)
        ]
        spread = torch.cat(spreads).to(x.dtype)
        return torch.cat((x, spread[:, None, None, None].expand(-1, 1, *x.shape[2:])), dim=1)


def _spread(x: Tensor, group: int) -> Tensor:
    """(B,): the standard deviation over the group, averaged over channels and pixels, for each of its members."""
    groups = full_precision(x).reshape(-1, group, *x.shape[1:])
    centred = groups - groups.mean(dim=1, keepdim=True)
    deviation = (centred.square().mean(dim=1) + _EPSILON).sqrt()  # var() takes ten times as long on a CPU
    spread: Tensor = deviation.flatten(1).mean(dim=1).repeat_interleave(group)
    return spread
