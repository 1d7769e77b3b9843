"""Equalised learning rate (T. Karras et al., "Progressive Growing of GANs", 2018, section 4.1).

Weights start as N(0, 1) and are scaled at run time by what would keep the variance, so that an optimiser with a step
of its own size, such as Adam, moves every layer at the same relative speed.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class EqualizedLinear(nn.Module):
    """A dense layer.

    Args:
        inputs: numbers in.
        outputs: numbers out.
        bias: what the bias starts at.
        lr_multiplier: how fast it learns, relative to the other layers.

    Shape:
        (B, inputs) to (B, outputs)
    """

    def __init__(self, inputs: int, outputs: int, *, bias: float = 0.0, lr_multiplier: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / lr_multiplier)
        self.bias = nn.Parameter(torch.full((outputs,), bias / lr_multiplier))
        self.lr_multiplier = lr_multiplier
        self.scale = lr_multiplier * inputs**-0.5

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, inputs)."""
        return torch.addmm(self.bias, x, self.weight.t(), beta=self.lr_multiplier, alpha=self.scale)


class EqualizedConv2d(nn.Module):
    """A convolution.

    Args:
        inputs: channels in.
        outputs: channels out.
        kernel: its side.
        stride: in pixels.
        padding: in pixels, with zeros.
        bias: whether to add one, from 0 on.
        gain: what the result is multiplied by, bias included. A gain that belongs after a leaky ReLU costs less here:
            both orders are the same.

    Shape:
        (B, inputs, H, W) to (B, outputs, H', W')
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        *,
        stride: int = 1,
        padding: int = 0,
        bias: bool = True,
        gain: float = 1.0,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.stride = stride
        self.padding = padding
        self.gain = gain
        self.scale = gain * (inputs * kernel * kernel) ** -0.5

    def forward(self, x: Tensor) -> Tensor:
        """Convolve (B, inputs, H, W)."""
        bias = None if self.bias is None else self.bias * self.gain
        return F.conv2d(x, self.weight * self.scale, bias, self.stride, self.padding)
