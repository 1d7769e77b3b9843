"""Sums over the places of feature maps, each place as much as it weighs; those of regions add up to the whole's."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


def count(features: Tensor, weights: Tensor | None) -> Tensor:
    """How many places there are: Σ w, (B,)."""
    if weights is None:
        return features.new_full((len(features),), features.shape[2] * features.shape[3])
    return weights.sum(dim=(1, 2, 3))


def first_moments(features: Tensor, weights: Tensor | None) -> Tensor:
    """Σ w f of (B, C, h, w) features, as (B, C)."""
    return (features if weights is None else features * weights).sum(dim=(2, 3))


def second_moments(features: Tensor, weights: Tensor | None) -> Tensor:
    """Σ w f fᵀ of (B, C, h, w) features, as (B, C, C)."""
    moments: Tensor = _SecondMoments.apply(features, weights)  # type: ignore[no-untyped-call]
    return moments


def mean(sums: Tensor, places: Tensor) -> Tensor:
    """Sums (B, …) over so many places, (B,), by their number; 0 where no place counts."""
    return sums / places.clamp_min(torch.finfo(places.dtype).eps).view(-1, *[1] * (sums.dim() - 1))


class _SecondMoments(torch.autograd.Function):
    """One product gives the slope of both factors, which are the same; autograd by itself would take two."""

    @staticmethod
    def forward(ctx: Any, features: Tensor, weights: Tensor | None) -> Tensor:
        ctx.save_for_backward(features, weights)
        places = features.flatten(2)
        weighed = places if weights is None else places * weights.flatten(2)
        return weighed @ places.mT

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, None]:
        features, weights = ctx.saved_tensors
        # rows of channels: a gradient in the memory format of the backbones
        rows = features.flatten(2).mT @ (slope + slope.mT)
        gradient = rows.mT.unflatten(2, features.shape[2:])
        return gradient if weights is None else gradient * weights, None
