"""Layers whose weights never change, and whose backward pass needs none of the feature maps.

For the backward pass torch keeps the input of every convolution and every pooling, though the slope of a linear map
does not depend on where it is taken, and the output of every ReLU, though its sign is enough. Here one byte is kept
for each number that goes through a ReLU, and nothing else: from a picture to relu5_1 of VGG-16 266 bytes a pixel
instead of 1196.
"""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd import Function


class FrozenConvolution(nn.Conv2d):
    """A 3×3 convolution, zeros around, through which gradients reach the picture but not the weights."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) to (B, outputs, H, W)."""
        result: Tensor = _Convolution.apply(x, self.weight, self.bias)  # type: ignore[no-untyped-call]
        return result


def relu_(x: Tensor) -> Tensor:
    """ReLU in place."""
    result: Tensor = _ReLU.apply(x)  # type: ignore[no-untyped-call]
    return result


def average_pool(x: Tensor) -> Tensor:
    """Means of 2×2 pixels, (B, C, H, W) to (B, C, H // 2, W // 2)."""
    result: Tensor = _AveragePool.apply(x)  # type: ignore[no-untyped-call]
    return result


class _Convolution(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(weight)
        return F.conv2d(x, weight, bias, padding=1)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        (weight,), (grad,) = ctx.saved_tensors, grads
        return F.conv_transpose2d(grad, weight.to(grad.dtype), padding=1), None, None


class _ReLU(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.mark_dirty(x)
        x.relu_()
        if ctx.needs_input_grad[0]:
            ctx.save_for_backward(x.bool())
        return x

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        passed: Tensor
        (passed,), (grad,) = ctx.saved_tensors, grads
        # multiplied in place: torch would make a third copy as large to multiply bool with float
        return passed.to(grad.dtype).mul_(grad)


class _AveragePool(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.size = x.shape[2:]
        return F.avg_pool2d(x, 2)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        (grad,) = grads
        spread = F.interpolate(grad / 4, scale_factor=2, mode="nearest")
        # of an odd side the last row or column goes into no mean
        below, right = (side - even for side, even in zip(ctx.size, spread.shape[2:], strict=True))
        return F.pad(spread, (0, right, 0, below)) if below or right else spread
