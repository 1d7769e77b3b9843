"""The fully connected discriminator: the first GAN of the lesson, for small pictures."""

from __future__ import annotations

from itertools import pairwise

from torch import nn

from artgen.contracts import Judged, Painted, PictureShape
from artgen.discriminators.config import DenseConfig
from artgen.layers.full_precision import full_precision

_SLOPE = 0.2


class Dense(nn.Module):
    """All pixels → hidden layers with LeakyReLU → one number.

    Args:
        config: options.
        shape: of the pictures.
    """

    def __init__(self, config: DenseConfig, shape: PictureShape) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise((shape.channels * shape.height * shape.width, *config.hidden)):
            layers += [nn.Linear(inputs, outputs), nn.LeakyReLU(_SLOPE, inplace=True)]
            if config.dropout:
                layers.append(nn.Dropout(config.dropout))
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(config.hidden[-1], 1)

    def forward(self, painted: Painted, *, want: frozenset[str] = frozenset()) -> Judged:
        """Judge pictures.

        Args:
            painted: pictures (B, C, H, W) in [-1, 1].
            want: "features" for the numbers before the head.

        Returns:
            One head of logits (B,).
        """
        features = self.body(painted.picture.flatten(1))
        return Judged([full_precision(self.head(features)).flatten()], {"last": features} if "features" in want else {})
