"""Content: the features of a picture that is repainted, place by place (L. Gatys et al., 2016, section 2.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from artgen.losses.config import ContentConfig
from artgen.losses.layer_shares import layer_shares, relative
from artgen.sight.views import Sums, View

if TYPE_CHECKING:
    from artgen.engine.step import Step


class Content:
    """Σ_l w_l ‖F_l - P_l‖² / ‖P_l‖²: features F against P, those of the content; 1 is a picture that shows nothing.

    Args:
        config: options.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"content"})

    def __init__(self, config: ContentConfig) -> None:
        self.shares = layer_shares(config.layers, config.layer_weights)
        self.layers = tuple(self.shares)

    def sums(self, view: View) -> Sums:
        """By layer, ‖F - P‖² as `LAYER/gap` and ‖P‖² as `LAYER/size`."""
        sums = {}
        for layer in self.layers:
            content = view.content[layer]
            weights = view.weights.get(layer)
            sums[f"{layer}/gap"] = _squares(view.features[layer] - content, weights)
            sums[f"{layer}/size"] = _squares(content, weights)
        return sums

    def value(self, sums: Sums) -> Tensor:
        """The distance of each picture from its content, (B,)."""
        gaps = [share * relative(sums[f"{layer}/gap"], sums[f"{layer}/size"]) for layer, share in self.shares.items()]
        return torch.stack(gaps).sum(dim=0)

    def for_generator(self, step: Step) -> Tensor:
        """How far the painted pictures are from those that they repaint, (B,)."""
        return step.compare(self)

    def for_discriminator(self, step: Step) -> None:
        """Nothing."""


def _squares(features: Tensor, weights: Tensor | None) -> Tensor:
    squares = features.square()
    return (squares if weights is None else squares * weights).sum(dim=(1, 2, 3))
