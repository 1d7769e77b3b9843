"""A small backbone, real pictures and losses to look at them with."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from artgen.losses.config import ContentConfig, GramStyleConfig, HistogramConfig, StyleMomentsConfig
from artgen.losses.content import Content
from artgen.losses.gram_style import GramStyle
from artgen.losses.histogram import Histogram
from artgen.losses.style_moments import StyleMoments
from artgen.sight.demands import Demand, feature_maps, sums_of
from artgen.sight.sight import Sight


class ThreeLayers(nn.Module):
    """Three convolutions with a halving after each but the last; counts how often it is asked, and for what."""

    strides: ClassVar = {"fine": 1, "middle": 2, "coarse": 4}
    reach: ClassVar = {"fine": 1, "middle": 3, "coarse": 7}

    def __init__(self) -> None:
        super().__init__()
        self.convolutions = nn.ModuleDict({"fine": _conv(3, 8), "middle": _conv(8, 12), "coarse": _conv(12, 16)})
        self.requires_grad_(False)
        self.asked: list[frozenset[str]] = []

    def forward(self, pictures: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        self.asked.append(frozenset(layers))
        features, x = {}, pictures
        for name, convolution in self.convolutions.items():
            x = F.relu(convolution(x if name == "fine" else F.avg_pool2d(x, 2)))
            if name in layers:
                features[name] = x
        return features


def _conv(inputs: int, outputs: int) -> nn.Conv2d:
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(outputs)
        return nn.Conv2d(inputs, outputs, 3, padding=1)


def sight_of(backbone: nn.Module | None) -> Sight:
    return Sight(backbone, contextlib.nullcontext)


def picture_of(file: Path, width: int, height: int) -> Tensor:
    """(1, 3, height, width) in [-1, 1]."""
    with Image.open(file) as image:
        pixels = np.asarray(image.convert("RGB").resize((width, height))).copy()
    return torch.from_numpy(pixels).permute(2, 0, 1)[None] / 127.5 - 1


def noise_of(*shape: int) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(1)) * 2 - 1


def loss_of(kind: str, layers: Sequence[str]) -> Any:
    style = {"images": ["painting.png"]}
    return {
        "content": lambda: Content(ContentConfig(layers=list(layers))),
        "gram-style": lambda: GramStyle(GramStyleConfig(**style, layers=list(layers))),
        "style-moments": lambda: StyleMoments(StyleMomentsConfig(**style, layers=list(layers))),
        "histogram": lambda: Histogram(HistogramConfig(**style)),
    }[kind]()


def demand_of(kind: str, layers: Sequence[str], painting: Tensor, sight: Sight, *, weight: float = 1.0) -> Demand:
    """What a loss of a kind asks; a style is that of the painting."""
    loss = loss_of(kind, layers)
    if kind == "content":
        return Demand(kind, loss, weight)
    return Demand(kind, loss, weight, loss.prepared(loss.statistics(sums_of(painting, loss, sight, weights={}))))


def content_of(picture: Tensor, demands: Sequence[Demand], sight: Sight) -> dict[str, Tensor]:
    """The maps of a picture that is repainted."""
    layers = {layer for demand in demands if demand.style is None for layer in demand.loss.layers}
    return feature_maps(picture, layers, sight)
