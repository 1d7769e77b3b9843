"""Transparent pictures: colour times alpha, in [-1, 1]."""

from __future__ import annotations

import torch
from torch import Tensor


def premultiplied(picture: Tensor) -> Tensor:
    """Straight RGBA to premultiplied RGBA, both in [-1, 1], where -1 is black and wholly transparent.

    So whatever a network paints, its colour never exceeds its alpha, and what cannot be seen gets no gradient.
    Pictures of 1 or 3 channels are returned as they are.

    Shape:
        (B, C, H, W) to the same
    """
    if picture.shape[1] != 4:
        return picture
    color, alpha = picture[:, :3], picture[:, 3:]
    return torch.cat(((color + 1) * (alpha + 1) * 0.5 - 1, alpha), dim=1)
