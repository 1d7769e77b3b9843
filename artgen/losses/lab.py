"""Colours as the eye tells them apart (CIE 1976 L*a*b*, for sRGB pictures under D65)."""

from __future__ import annotations

import torch
from torch import Tensor

_TO_XYZ = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
_TO_LAB = ((0.0, 1.16, 0.0), (5.0, -5.0, 0.0), (0.0, 2.0, -2.0))
_KNEE = 6 / 29


def lab(pictures: Tensor) -> Tensor:
    """L*, a* and b* in hundredths: white is (1, 0, 0).

    Both curves of it are straight near black, so that slopes stay finite there.

    Shape:
        (B, 3, H, W) sRGB in [-1, 1] to (B, 3, H, W)
    """
    srgb = (pictures + 1) / 2
    linear = torch.where(srgb > 0.04045, ((srgb.clamp_min(0.04045) + 0.055) / 1.055) ** 2.4, srgb / 12.92)
    to_xyz = pictures.new_tensor(_TO_XYZ)
    xyz = torch.einsum("xc,bchw->bxhw", to_xyz / to_xyz.sum(dim=1, keepdim=True), linear)
    seen = torch.where(xyz > _KNEE**3, xyz.clamp_min(_KNEE**3) ** (1 / 3), xyz / (3 * _KNEE**2) + 4 / 29)
    offset = pictures.new_tensor((0.16, 0.0, 0.0)).view(3, 1, 1)
    return torch.einsum("lx,bxhw->blhw", pictures.new_tensor(_TO_LAB), seen) - offset
