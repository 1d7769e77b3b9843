"""What a loss is to know of a style, from the pictures of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from artgen.data.artwork import Artwork
from artgen.sight.demands import sums_of
from artgen.sight.sight import Sight
from artgen.sight.views import Sums

SHORTEST_PX = 32
"""Of a style's short side."""


def fitted(height: int, width: int, long_side: int) -> tuple[int, int]:
    """Height and width in the same proportions with another long side."""
    factor = long_side / max(height, width)
    return max(1, round(height * factor)), max(1, round(width * factor))


def style_picture(art: Artwork, long_side: int, scale: float) -> Tensor:
    """A picture of a style at the scale of what is painted, never enlarged beyond its own pixels.

    Nor is it made so small that the deeper layers see nothing of it any more.

    Args:
        art: the picture.
        long_side: of what is painted, in pixels.
        scale: size of the style beside it.

    Shape:
        (1, 3 or 4, h, w) in [-1, 1], straight alpha
    """
    own = max(art.height, art.width)
    least = math.ceil(SHORTEST_PX * own / min(art.height, art.width))
    height, width = fitted(art.height, art.width, min(max(round(long_side * scale), least), own))
    return art.at(width, height)


def statistics_of(picture: Tensor, loss: Any, sight: Sight, *, tile_px: int = 0) -> Sums:
    """What a loss knows of one picture of a style, (1, …); transparent places do not count.

    Args:
        picture: (1, 3 or 4, h, w) in [-1, 1], straight alpha.
        loss: a `StyleLoss`.
        tile_px: side of the tiles that it is looked at in; 0 for the whole picture at once.
    """
    colors, weights = picture[:, :3], {}
    if picture.shape[1] == 4:
        alpha = picture[:, 3:] * 0.5 + 0.5
        colors = 1 + (colors - 1) * alpha
        weights = place_weights(alpha, loss.layers, sight)
    statistics: Sums = loss.statistics(sums_of(colors, loss, sight, weights=weights, tile_px=tile_px))
    return statistics


def place_weights(where: Tensor, layers: Sequence[str], sight: Sight) -> dict[str, Tensor]:
    """How much each place of each map counts, from how much each pixel does.

    Shape:
        (B, 1, H, W) to (B, 1, h, w) by layer
    """
    height, width = where.shape[2:]
    return {layer: F.interpolate(where, sight.map_size(layer, height, width), mode="area") for layer in layers}


def averaged(styles: Sequence[Sums], shares: Sequence[float]) -> Sums:
    """The statistics of several pictures as those of one style.

    Args:
        shares: how much each counts, only in proportion; all alike where there are none.
    """
    shares = shares or [1.0] * len(styles)
    return {
        name: torch.stack([one[name] * (share / sum(shares)) for one, share in zip(styles, shares, strict=True)]).sum(0)
        for name in styles[0]
    }


def joined(styles: Sequence[Sums]) -> Sums:
    """Styles one after the other, (B, …)."""
    return {name: torch.cat([style[name] for style in styles]) for name in styles[0]}
