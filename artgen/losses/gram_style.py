"""Style as Gram matrices: which features go together (L. Gatys et al., 2016, section 2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from artgen.losses.config import GramStyleConfig
from artgen.losses.layer_shares import layer_shares, relative
from artgen.losses.place_sums import count, mean, second_moments
from artgen.sight.views import Sums, View

if TYPE_CHECKING:
    from artgen.engine.step import Step


class GramStyle:
    """Σ_l w_l ‖G_l - A_l‖² / ‖A_l‖² with G = Σ f fᵀ / places, and A that of the style.

    A mean over places, so that it does not change when a picture is enlarged; 1 is a picture that shows nothing.

    Args:
        config: options.
    """

    needs: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, config: GramStyleConfig) -> None:
        self.shares = layer_shares(config.layers, config.layer_weights)
        self.layers = tuple(self.shares)

    def sums(self, view: View) -> Sums:
        """By layer, Σ f fᵀ as `LAYER/gram`, (B, C, C), and the number of places as `LAYER/places`, (B,)."""
        sums = {}
        for layer in self.layers:
            features, weights = view.features[layer], view.weights.get(layer)
            sums[f"{layer}/gram"] = second_moments(features, weights)
            sums[f"{layer}/places"] = count(features, weights)
        return sums

    def statistics(self, sums: Sums) -> Sums:
        """The Gram matrix of each layer, (B, C, C)."""
        return {layer: mean(sums[f"{layer}/gram"], sums[f"{layer}/places"]) for layer in self.layers}

    def prepared(self, style: Sums) -> Sums:
        """The Gram matrices as they are."""
        return style

    def value(self, statistics: Sums, style: Sums) -> Tensor:
        """The distance of each picture from its style, (B,)."""
        gaps = [
            share * relative(_squares(statistics[layer] - style[layer]), _squares(style[layer]))
            for layer, share in self.shares.items()
        ]
        return torch.stack(gaps).sum(dim=0)

    def for_generator(self, step: Step) -> Tensor:
        """How far the painted pictures are from their style, (B,)."""
        return step.compare(self)

    def for_discriminator(self, step: Step) -> None:
        """Nothing."""


def _squares(matrices: Tensor) -> Tensor:
    return matrices.square().sum(dim=(1, 2))
