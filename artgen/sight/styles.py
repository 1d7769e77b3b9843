"""What a loss is to know of a style, from the pictures of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from artgen.data.alpha import colours_and_alpha, over_white
from artgen.data.artwork import Artwork
from artgen.data.headers import STYLE_SHORTEST_PX, fitted
from artgen.sight.demands import sums_of
from artgen.sight.sight import Sight
from artgen.sight.views import Sums


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
    least = math.ceil(STYLE_SHORTEST_PX * own / min(art.height, art.width))
    height, width = fitted(art.height, art.width, min(max(round(long_side * scale), least), own))
    return art.at(width, height)


def prepared_style(
    pictures: Sequence[Tensor], shares: Sequence[float], loss: Any, sight: Sight, *, tile_px: int = 0
) -> Sums:
    """What a loss is to know of the style that some pictures show, (1, …); transparent places do not count.

    Args:
        pictures: (1, 3 or 4, h, w) each, in [-1, 1], straight alpha.
        shares: how much each counts, only in proportion; all alike where there are none.
        loss: a `StyleLoss`.
        tile_px: side of the tiles that they are looked at in; 0 for whole pictures at once.
    """
    statistics = [_statistics_of(picture, loss, sight, tile_px) for picture in pictures]
    prepared: Sums = loss.prepared(_averaged(statistics, shares or [1.0] * len(pictures)))
    return prepared


def _statistics_of(picture: Tensor, loss: Any, sight: Sight, tile_px: int) -> Sums:
    colours, alpha = colours_and_alpha(picture)
    weights = {} if alpha is None else place_weights(alpha, loss.layers, sight)
    sums = sums_of(over_white(colours, alpha), loss, sight, weights=weights, tile_px=tile_px)
    statistics: Sums = loss.statistics(sums)
    return statistics


def _averaged(styles: Sequence[Sums], shares: Sequence[float]) -> Sums:
    return {
        name: torch.stack([one[name] * (share / sum(shares)) for one, share in zip(styles, shares, strict=True)]).sum(0)
        for name in styles[0]
    }


def place_weights(where: Tensor, layers: Sequence[str], sight: Sight) -> dict[str, Tensor]:
    """How much each place of each map counts, from how much each of its pixels does; what makes no whole place is left out.

    Shape:
        (B, 1, H, W) to (B, 1, h, w) by layer
    """
    return {layer: F.avg_pool2d(where, sight.stride([layer])) for layer in layers}


def joined(styles: Sequence[Sums]) -> Sums:
    """Styles one after the other, (B, …)."""
    return {name: torch.cat([style[name] for style in styles]) for name in styles[0]}
