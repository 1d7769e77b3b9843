"""Style as the mean and the covariance of features, compared as normal distributions are (Wasserstein-2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from artgen.losses.config import StyleMomentsConfig
from artgen.losses.covariance_overlap import overlap, square_root
from artgen.losses.layer_shares import layer_shares, relative
from artgen.losses.place_sums import count, first_moments, mean, second_moments
from artgen.sight.views import Sums, View

if TYPE_CHECKING:
    from artgen.engine.step import Step

_NOISE = 5e-4


class StyleMoments:
    """Σ_l w_l W²(N(μ, Σ + ε), N(μ*, Σ* + ε)) / (‖μ*‖² + tr Σ*), with * those of the style.

    W² = ‖μ - μ*‖² + tr Σ + tr Σ* - 2 tr (Σ*^½ Σ Σ*^½)^½ (C. Givens and R. Shortt, 1984). The bit of noise ε that both
    have on each feature, 1/2000 of the mean square of the style's, keeps the slope finite for features that never
    vary, as in maps of fewer places than channels, and changes nothing that is seen.

    Args:
        config: options.
    """

    needs: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, config: StyleMomentsConfig) -> None:
        self.shares = layer_shares(config.layers, config.layer_weights)
        self.layers = tuple(self.shares)

    def sums(self, view: View) -> Sums:
        """By layer, Σ f as `LAYER/mean`, (B, C), Σ f fᵀ as `LAYER/square`, (B, C, C), and `LAYER/places`, (B,)."""
        sums = {}
        for layer in self.layers:
            features, weights = view.features[layer], view.weights.get(layer)
            sums[f"{layer}/mean"] = first_moments(features, weights)
            sums[f"{layer}/square"] = second_moments(features, weights)
            sums[f"{layer}/places"] = count(features, weights)
        return sums

    def statistics(self, sums: Sums) -> Sums:
        """The means of f and of f fᵀ; unlike covariances, those of several styles can be averaged."""
        return {
            f"{layer}/{moment}": mean(sums[f"{layer}/{moment}"], sums[f"{layer}/places"])
            for layer in self.layers
            for moment in ("mean", "square")
        }

    def prepared(self, style: Sums) -> Sums:
        """With the root of the covariance of each layer, `LAYER/root`."""
        roots = {}
        for layer in self.layers:
            means, squares = style[f"{layer}/mean"], style[f"{layer}/square"]
            roots[f"{layer}/root"] = square_root(_covariance(means, squares), _noise(squares))
        return {**style, **roots}

    def value(self, statistics: Sums, style: Sums) -> Tensor:
        """The distance of each picture from its style, (B,)."""
        gaps = [share * _distance(layer, statistics, style) for layer, share in self.shares.items()]
        return torch.stack(gaps).sum(dim=0)

    def for_generator(self, step: Step) -> Tensor:
        """How far the painted pictures are from their style, (B,)."""
        return step.compare(self)

    def for_discriminator(self, step: Step) -> None:
        """Nothing."""


def _distance(layer: str, statistics: Sums, style: Sums) -> Tensor:
    """One layer's term, (B,)."""
    means, of_style = statistics[f"{layer}/mean"], style[f"{layer}/mean"]
    squares, target = statistics[f"{layer}/square"], style[f"{layer}/square"]
    noise = _noise(target)
    covariance = _covariance(means, squares)
    spread = _trace(covariance) + _trace(_covariance(of_style, target)) + 2 * noise * squares.shape[1]
    shared = overlap(covariance, style[f"{layer}/root"], noise)
    return relative((means - of_style).square().sum(dim=1) + spread - 2 * shared, _trace(target))


def _covariance(means: Tensor, squares: Tensor) -> Tensor:
    return squares - means[:, :, None] * means[:, None, :]


def _trace(matrices: Tensor) -> Tensor:
    return matrices.diagonal(dim1=1, dim2=2).sum(dim=1)


def _noise(squares: Tensor) -> Tensor:
    """ε, (B,)."""
    return _NOISE * _trace(squares) / squares.shape[1]
