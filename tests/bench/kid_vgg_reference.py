"""A frozen definition of kid_vgg in plain float64 numpy and torch functions, that the product is compared with.

Pictures are uint8 RGB squares. Features: 96×96 (bilinear, antialiased), VGG-16 with max pooling; of blocks 3 and 4
after their last ReLU the channel means and the 2×2 means, each L2-normalised, all side by side. Kernel
(x·y / d · 250 + 1)³, the unbiased estimate of the squared maximum mean discrepancy.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors.torch import load_file

WEIGHTS = Path(__file__).parents[2] / "artgen" / "backbones" / "vgg16.safetensors"


def vgg_maps(colors: torch.Tensor) -> dict[str, torch.Tensor]:
    """Every feature map after its ReLU, float64, of RGB in 0…255."""
    weights = {name: tensor.double() for name, tensor in load_file(WEIGHTS).items()}
    maps = {}
    x = colors.double() - torch.tensor([122.67892, 116.66877, 104.00699], dtype=torch.float64).view(1, 3, 1, 1)
    for block, count in enumerate((2, 2, 3, 3, 3), 1):
        if block > 1:
            x = F.max_pool2d(x, 2)
        for index in range(1, count + 1):
            weight, bias = weights[f"conv{block}_{index}.weight"], weights[f"conv{block}_{index}.bias"]
            x = F.conv2d(x, weight, bias, padding=1).clamp_min(0)
            maps[f"relu{block}_{index}"] = x
    return maps


def features(pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(N, 3840) of uint8 pictures (N, S, S, 3)."""
    colors = torch.from_numpy(pictures).permute(0, 3, 1, 2).double()
    maps = vgg_maps(F.interpolate(colors, size=(96, 96), mode="bilinear", antialias=True))
    parts = []
    for name in ("relu3_3", "relu4_3"):
        x = maps[name].numpy()
        half = x.shape[2] // 2
        quarters = x.reshape(*x.shape[:2], 2, half, 2, half).mean(axis=(3, 5)).reshape(len(x), -1)
        parts += [_unit(x.mean(axis=(2, 3))), _unit(quarters)]
    return np.concatenate(parts, axis=1)


def kid(real: NDArray[np.float64], fake: NDArray[np.float64]) -> float:
    """The unbiased estimate, pair by pair."""
    width = real.shape[1]

    def kernel(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        return (x @ y.T / width * 250 + 1) ** 3

    def among(x: NDArray[np.float64]) -> float:
        values = kernel(x, x)
        return float((values.sum() - np.trace(values)) / (len(x) * (len(x) - 1)))

    return among(real) + among(fake) - 2 * float(kernel(real, fake).mean())


def _unit(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return x / np.linalg.norm(x, axis=1, keepdims=True)
