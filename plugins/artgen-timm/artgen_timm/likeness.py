"""How like pictures are to a network: one vector for each, the distances between them, an order by them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

if TYPE_CHECKING:
    from artgen.quality.features import Pixels

    from artgen_timm.backbone import Timm

_SHORT_SIDE_PX = 128
"""Pictures are brought to it, so that small ones have places in deep layers."""
_BATCH = 16


def vectors(pictures: Iterable[Pixels], network: Timm, layers: Sequence[str], *, premultiplied: bool = False) -> Tensor:
    """The channels of each layer, averaged over all places and scaled to length 1, one layer after the other.

    Args:
        pictures: uint8 (H, W, C) each, all of one size.
        premultiplied: whether the colour of RGBA is multiplied by alpha already.

    Returns:
        (N, d), float32 on the CPU.
    """
    found = []
    with torch.inference_mode():
        for some in _batches(pictures):
            maps = network(_seen(some, premultiplied).to(network.mean.device), layers)
            parts = [F.normalize(maps[layer].float().mean(dim=(2, 3)), dim=1) for layer in layers]
            found.append(torch.cat(parts, dim=1).cpu())
    return torch.cat(found)


def in_order(distances: Tensor) -> list[int]:
    """Pictures one after the other: the least usual one, and then always the nearest of those that are left.

    Shape:
        (N, N)
    """
    left = torch.ones(len(distances), dtype=torch.bool)
    here = int(distances.mean(dim=1).argmax())
    order = [here]
    left[here] = False
    while bool(left.any()):
        here = int(distances[here].masked_fill(~left, torch.inf).argmin())
        order.append(here)
        left[here] = False
    return order


def _batches(pictures: Iterable[Pixels]) -> Iterator[Pixels]:
    coming = iter(pictures)
    while some := list(islice(coming, _BATCH)):
        yield np.stack(some)


def _seen(pictures: Pixels, premultiplied: bool) -> Tensor:
    """(B, C, h, w) in [-1, 1], RGBA premultiplied."""
    shares = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
    if shares.shape[1] == 4 and not premultiplied:
        shares = torch.cat([shares[:, :3] * shares[:, 3:], shares[:, 3:]], dim=1)
    scale = _SHORT_SIDE_PX / min(shares.shape[2:])
    size = [round(side * scale) for side in shares.shape[2:]]
    return F.interpolate(shares, size, mode="bilinear", antialias=True) * 2 - 1
