"""Colours in OKLab (B. Ottosson, 2020), where equal steps look equal; all of it has gradients."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from artgen.colours import rgb_of
from torch import Tensor

_TO_CONE = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_TO_LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
_FROM_CONE, _FROM_LAB = (torch.linalg.inv(torch.tensor(matrix)) for matrix in (_TO_CONE, _TO_LAB))


def oklab_of(colours: Sequence[str]) -> Tensor:
    """Named colours in OKLab: (n, 3), lightness 0…1 first."""
    srgb = torch.tensor([rgb_of(colour) for colour in colours], dtype=torch.float32) / 255
    light = torch.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return (light @ torch.tensor(_TO_CONE).T).clamp_min(0) ** (1 / 3) @ torch.tensor(_TO_LAB).T


def srgb_of(lab: Tensor) -> Tensor:
    """OKLab as sRGB in [0, 1]; what no screen can show is cut.

    Shape:
        (..., 3, P) to (..., 3, P)
    """
    cone = _FROM_LAB.to(lab) @ lab
    light = (_FROM_CONE.to(lab) @ cone**3).clamp(0.0, 1.0)
    return torch.where(light <= 0.0031308, light * 12.92, 1.055 * light.clamp_min(0.0031308) ** (1 / 2.4) - 0.055)


def along(stops: Tensor, position: Tensor, crisp: float) -> Tensor:
    """The colours at some positions of a palette.

    Args:
        stops: (n, 3).
        position: (..., P) in [0, 1], from the first stop to the last.
        crisp: 0 blends from stop to stop, toward 1 all but the edge between two is flat.

    Shape:
        to (..., 3, P)
    """
    at = position.clamp(0.0, 1.0) * (len(stops) - 1)
    before = at.detach().floor().clamp(max=float(len(stops) - 2))
    share = (((at - before) - 0.5) / (1 - crisp) + 0.5).clamp(0.0, 1.0)
    share = (share * share * (3 - 2 * share)).unsqueeze(-2)
    first = before.long()
    return torch.lerp(_picked(stops, first), _picked(stops, first + 1), share)


def _picked(stops: Tensor, index: Tensor) -> Tensor:
    return stops[index].movedim(-1, -2)
