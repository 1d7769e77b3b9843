"""Textures without a seam: what leaves a canvas at one edge comes in at the other."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

PLACE_PX = 16
"""Side of a place of VGG's deepest layers."""
_REACH_PX = 4
"""More than a bicubic kernel reaches."""


def enlarged_around(pixels: Tensor, height: int, width: int) -> Tensor:
    """Pixels at the next size, bicubic, each edge with the far one beside it.

    Shape:
        (B, C, H, W) to (B, C, height, width)
    """
    around = F.pad(pixels, (_REACH_PX,) * 4, mode="circular")
    rows, columns = (
        ((torch.arange(after, device=pixels.device) + 0.5) * (before / after) + _REACH_PX) * (2 / whole) - 1
        for after, before, whole in zip((height, width), pixels.shape[2:], around.shape[2:], strict=True)
    )
    places = torch.stack(torch.meshgrid(columns, rows, indexing="xy"), dim=-1)
    return F.grid_sample(around, places.expand(len(pixels), -1, -1, -1), mode="bicubic", align_corners=False)
