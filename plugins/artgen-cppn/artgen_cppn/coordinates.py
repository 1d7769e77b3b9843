"""Where the pixels of a picture are, and what a network is told of a place."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from artgen_cppn.config import CPPNConfig


def points(height: int, width: int, rows: range, samples: int, device: torch.device) -> Tensor:
    """The places that are looked at in some rows of a picture, `samples` × `samples` of each pixel.

    The shorter side reaches from -1 to 1; y grows downward.

    Shape:
        (2, len(rows) * samples * width * samples), x and y
    """
    x, y = (
        torch.arange(first * samples, last * samples, dtype=torch.float64, device=device).add_(0.5).div_(samples)
        for first, last in ((0, width), (rows.start, rows.stop))
    )
    short = min(height, width)
    down, across = torch.meshgrid((2 * y - height) / short, (2 * x - width) / short, indexing="ij")
    return torch.stack((across.flatten(), down.flatten())).float()


def features(places: Tensor, config: CPPNConfig, height: int, width: int) -> Tensor:
    """What the network is told of places: all of it smooth, and within a few units of zero.

    Shape:
        (2, P) to (features_of(config), P)
    """
    x, y = _folded(places, config)
    if config.coordinates == "tile":
        short = min(height, width)
        # a torus in four dimensions: whole turns from edge to edge
        turns = [math.pi * side * short / length for side, length in ((x, width), (y, height))]
        parts = [wave(turn) / math.pi * 2 for turn in turns for wave in (torch.sin, torch.cos)]
        return config.scale * torch.stack(parts)
    return config.scale * torch.stack((x, y, (x * x + y * y + 1e-6).sqrt()))


def features_of(config: CPPNConfig) -> int:
    """How many numbers say where a place is."""
    return 4 if config.coordinates == "tile" else 3


def _folded(places: Tensor, config: CPPNConfig) -> tuple[Tensor, Tensor]:
    x, y = places
    if config.symmetry == "mirror":
        return x.abs(), y
    if config.symmetry == "quarters":
        return x.abs(), y.abs()
    if config.symmetry == "rosette":
        radius, sector = (x * x + y * y).sqrt(), 2 * math.pi / config.folds
        angle = torch.atan2(x, -y)  # a petal stands upright
        angle = ((angle + sector / 2) % sector - sector / 2).abs()
        return radius * torch.cos(angle), radius * torch.sin(angle)
    return x, y
