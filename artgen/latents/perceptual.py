"""How different pictures look, by the features of VGG-16."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from artgen.backbones.vgg16 import VGG16

LAYERS = ("relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3")
_LOOKED_AT_PX = 256
"""Shorter side; the network was trained on pictures about as large, and larger ones are averaged down to it."""


class PerceptualDistance:
    """The distance of pictures from one picture: 0 for the same, at most 2.

    Features of every place are scaled to length 1, and the mean over places of their squared distance is averaged over
    the layers: the distance of R. Zhang et al., "The unreasonable effectiveness of deep features as a perceptual
    metric", 2018, equation 1, with all channels weighted alike. Transparent pictures are seen over white.

    Args:
        picture: (1, C, H, W) in [-1, 1], RGBA premultiplied.
        network: on the picture's device.
    """

    def __init__(self, picture: Tensor, network: VGG16) -> None:
        self._network = network
        with torch.no_grad():
            self._features = self._looked_at(picture)

    def __call__(self, pictures: Tensor) -> Tensor:
        """The distances of pictures of the same size, (B, C, H, W) to (B,)."""
        gaps = [
            (seen - self._features[layer]).square().sum(1).mean((1, 2))
            for layer, seen in self._looked_at(pictures).items()
        ]
        return torch.stack(gaps).mean(0)

    def _looked_at(self, pictures: Tensor) -> dict[str, Tensor]:
        # by a whole number, whose gradient has the same bits every time on a GPU too
        factor = max(1, min(pictures.shape[2:]) // _LOOKED_AT_PX)
        features = self._network(F.avg_pool2d(pictures, factor), LAYERS)
        return {layer: F.normalize(found, dim=1) for layer, found in features.items()}
