"""How different pictures look, by the features of VGG-16."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from artgen.backbones.vgg16 import VGG16

LAYERS = ("relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3")
_LOOKED_AT_PX = 256
"""Shorter side; the network was trained on pictures about as large, and larger ones are averaged down to it."""


Features = Mapping[str, Tensor]
"""(B, C, h, w) of each of `LAYERS`, of length 1 at every place."""


def features_of(pictures: Tensor, network: VGG16, looked_at_px: int = _LOOKED_AT_PX) -> Features:
    """What a network sees in pictures, for `distances`.

    Args:
        pictures: (B, C, H, W) in [-1, 1], RGBA premultiplied; transparent ones are seen over white.
        network: on the pictures' device.
        looked_at_px: larger pictures are averaged down to a shorter side of about as much.
    """
    # by a whole number, whose gradient has the same bits every time on a GPU too
    factor = max(1, min(pictures.shape[2:]) // looked_at_px)
    features = network(F.avg_pool2d(pictures, factor), LAYERS)
    return {layer: F.normalize(found, dim=1) for layer, found in features.items()}


def distances(some: Features, others: Features) -> Tensor:
    """How far pictures are from others, one by one: 0 for the same, at most 2.

    The mean over places of the squared distance of features, averaged over the layers: the distance of R. Zhang et al.,
    "The unreasonable effectiveness of deep features as a perceptual metric", 2018, equation 1, with all channels
    weighted alike.

    Shape:
        (B, …) each, or one of them (1, …); the result is (B,).
    """
    gaps = [(seen - others[layer]).square().sum(1).mean((1, 2)) for layer, seen in some.items()]
    return torch.stack(gaps).mean(0)


class PerceptualDistance:
    """The distance of pictures from one picture, by `distances`.

    Args:
        picture: (1, C, H, W) in [-1, 1], RGBA premultiplied.
        network: on the picture's device.
    """

    def __init__(self, picture: Tensor, network: VGG16) -> None:
        self._network = network
        with torch.no_grad():
            self._features = features_of(picture, network)

    def __call__(self, pictures: Tensor) -> Tensor:
        """The distances of pictures of the same size, (B, C, H, W) to (B,)."""
        return distances(features_of(pictures, self._network), self._features)
