"""Two ways to convolve with weights that a style scales, sample by sample: forward and backward, best of some."""

from __future__ import annotations

import time

import torch
import torch.nn.functional as F
from torch import Tensor

from artgen.layers.modulated import GAIN, SLOPE, ModulatedConv2d

BATCH = 8
REPEATS = 5
SIZES = ((512, 4), (512, 16), (256, 32), (64, 32), (32, 64))


def grouped(layer: ModulatedConv2d, x: Tensor, w: Tensor) -> Tensor:
    """The same layer, not doubling and without noise, as a grouped convolution with weights of each sample's own."""
    batch, inputs, height, width = x.shape
    weights = layer.weight[None] * layer.affine(w)[:, None, :, None, None] * layer.scale
    weights = weights * (weights.square().sum((2, 3, 4), keepdim=True) + 1e-8).rsqrt()
    rows = x.reshape(1, batch * inputs, height, width)
    y = F.conv2d(rows, weights.flatten(0, 1).to(x.dtype), padding=1, groups=batch).view(batch, -1, height, width)
    return F.leaky_relu(y * layer.gain + layer.bias.to(x.dtype)[:, None, None], SLOPE) * GAIN


def milliseconds(way, layer: ModulatedConv2d, x: Tensor, w: Tensor) -> float:
    """CPU (or, on a GPU, wall) milliseconds of one pass forward and backward."""
    clock, wait = (time.perf_counter, torch.cuda.synchronize) if x.is_cuda else (time.process_time, lambda: None)
    best = float("inf")
    for _ in range(REPEATS + 1):
        x.grad = w.grad = None
        layer.zero_grad()
        wait()
        began = clock()
        with torch.autocast(x.device.type, torch.bfloat16, enabled=x.dtype == torch.bfloat16):
            y = way(layer, x, w)
        y.backward(torch.ones_like(y))
        wait()
        best = min(best, clock() - began)
    return best * 1000


def main() -> None:
    """Print a table."""
    torch.set_num_threads(1)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    print(f"{device}, batch {BATCH}, milliseconds forward + backward")
    for dtype in (torch.float32, torch.bfloat16):
        for channels, side in SIZES:
            layer = ModulatedConv2d(channels, channels, 512).to(device, memory_format=torch.channels_last)
            x = torch.randn(BATCH, channels, side, side, device=device, dtype=dtype)
            x = x.to(memory_format=torch.channels_last).requires_grad_()
            w = torch.randn(BATCH, 512, device=device, requires_grad=True)
            shared, apart = milliseconds(ModulatedConv2d.__call__, layer, x, w), milliseconds(grouped, layer, x, w)
            name = str(dtype).removeprefix("torch.")
            print(f"{name:9} {channels:4} channels {side:3} px: shared {shared:7.1f}   grouped {apart:7.1f}")


if __name__ == "__main__":
    main()
