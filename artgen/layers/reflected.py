"""Borders mirrored by one place, as much as a kernel of three takes away."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable


def reflected(x: Tensor) -> Tensor:
    """Maps with one more place at each border, the mirror of the place inside of it.

    Shape:
        (B, C, H, W) to (B, C, H + 2, W + 2); H and W are at least 2
    """
    bordered: Tensor = _Reflected.apply(x)  # type: ignore[no-untyped-call]
    return bordered


class _Reflected(torch.autograd.Function):
    """The slope of `F.pad` goes place by place on a CPU; that of the inside is a copy, and of borders there are four."""

    @staticmethod
    def forward(_: Any, x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):  # which would copy maps of half precision to single and back
            return F.pad(x, (1, 1, 1, 1), mode="reflect")

    @staticmethod
    @once_differentiable
    def backward(_: Any, slope: Tensor) -> Tensor:
        inside = slope[:, :, 1:-1, 1:-1].clone(memory_format=torch.channels_last)
        for outer, inner in ((0, 1), (-1, -2)):
            inside[..., inner] += slope[:, :, 1:-1, outer]
            line = slope[:, :, outer, 1:-1].clone()
            line[..., 1] += slope[:, :, outer, 0]
            line[..., -2] += slope[:, :, outer, -1]
            inside[:, :, inner] += line
        return inside
