"""Textures without a seam: what leaves a canvas at one edge comes in at the other."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

BORDER_PX = 32
"""As much of the far edge is seen beside the near one; layers that see further than this see the far edge thinned out."""
PLACE_PX = 16
"""Side of a place of VGG's deepest layers."""
_REACH_PX = 4
"""More than a bicubic kernel reaches."""


def surrounded(pictures: Tensor, border_px: int) -> Tensor:
    """Pictures with the far edge beside the near one.

    Shape:
        (B, C, H, W) to (B, C, H + 2 border, W + 2 border); H and W are at least the border
    """
    return F.pad(pictures, (border_px,) * 4, mode="circular") if border_px else pictures


def folded(slopes: Tensor, border_px: int) -> Tensor:
    """The gradient of pictures, given that of what `surrounded` made of them.

    Shape:
        (B, C, H + 2 border, W + 2 border) to (B, C, H, W)
    """
    for dim in (2, 3) if border_px else ():
        inside = slopes.shape[dim] - 2 * border_px
        before, middle, after = torch.split(slopes, [border_px, inside, border_px], dim)
        slopes = middle.clone()
        slopes.narrow(dim, inside - border_px, border_px).add_(before)
        slopes.narrow(dim, 0, border_px).add_(after)
    return slopes


def enlarged_around(pixels: Tensor, height: int, width: int) -> Tensor:
    """Pixels at the next size, bicubic, each edge with the far one beside it.

    Shape:
        (B, C, H, W) to (B, C, height, width)
    """
    around = surrounded(pixels, _REACH_PX)
    rows, columns = (
        ((torch.arange(after, device=pixels.device) + 0.5) * (before / after) + _REACH_PX) * (2 / whole) - 1
        for after, before, whole in zip((height, width), pixels.shape[2:], around.shape[2:], strict=True)
    )
    places = torch.stack(torch.meshgrid(columns, rows, indexing="xy"), dim=-1)
    return F.grid_sample(around, places.expand(len(pixels), -1, -1, -1), mode="bicubic", align_corners=False)
