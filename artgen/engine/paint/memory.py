"""How canvases are looked at in the memory there is: side by side, one at a time, or in tiles.

Planned before the start, since on a CPU nothing can be caught once it is too late; on a GPU that runs out all the same
the next smaller plan is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from artgen.engine.memory import SHARE_OF_FREE, available_bytes
from artgen.engine.paint.peak import PeakBytes
from artgen.errors import ArtgenError
from artgen.sight.demands import Demand, PixelDemand, feature_maps, gradient, sums_of
from artgen.sight.sight import Sight

_PROBED_PX = (128, 256)
"""Sides of the two pictures that a step is measured on; with smaller ones matrices outweigh the feature maps."""
_SMALLEST_TILE_PX = 64
_CLEARLY_LESS = 0.75
_COPY = 3 * 4
"""Bytes of a pixel in float32."""


@dataclass(frozen=True)
class StepBytes:
    """What a step takes.

    Attributes:
        fixed: whatever the size: statistics, and what losses make of them.
        canvas: for each pixel of a canvas, all the time.
        pixels: the same, while the losses are computed that look at the pixels themselves.
        look: for each pixel that the backbone sees at once, while it looks.
        recomputed: the same when its blocks are computed again instead of kept.
        stride: of the coarsest layer in use; 0 where the backbone cannot look at tiles.
        halo: pixels that a tile sees around its core.
    """

    fixed: int
    canvas: float
    pixels: float
    look: float
    recomputed: float
    stride: int
    halo: int


_AMPLE = StepBytes(200_000_000, canvas=3000, pixels=1000, look=4000, recomputed=4000, stride=16, halo=64)
"""More than any step takes with what is built in: where this fits, nothing need be measured."""


@dataclass(frozen=True)
class Plan:
    """How canvases of one size are looked at.

    Attributes:
        step: what it is computed from.
        together: canvases in one batch.
        recompute: blocks of the backbone are computed again instead of kept.
        tile_px: side of the tiles; 0 for whole pictures.
    """

    height: int
    width: int
    step: StepBytes
    together: int = 1
    recompute: bool = False
    tile_px: int = 0

    @property
    def bytes(self) -> int:
        """What a step takes at its peak, the canvases included."""
        whole = seen = self.height * self.width
        if self.tile_px:
            side = self.tile_px + 2 * self.step.halo
            seen = min(side, self.height) * min(side, self.width)
        look = seen * (self.step.recomputed if self.recompute else self.step.look)
        return round(self.step.fixed + self.together * (whole * self.step.canvas + max(whole * self.step.pixels, look)))

    def smaller(self) -> Plan | None:
        """The next plan that takes clearly less, for a device that ran out of memory; None when there is none."""
        return next((plan for plan in self._and_further() if plan.bytes < _CLEARLY_LESS * self.bytes), None)

    def fitting(self, free_bytes: int) -> Plan | None:
        """The first plan from this one on that fits, with some memory left for what nobody counted."""
        return next((plan for plan in self._and_further() if plan.bytes <= free_bytes * SHARE_OF_FREE), None)

    def _and_further(self) -> Iterator[Plan]:
        """This plan, then fewer canvases together, then recomputing, then ever smaller tiles."""
        yield self
        together = self.together
        while together > 1:
            together = -(-together // 2)
            yield replace(self, together=together)
        if not self.tile_px:
            yield replace(self, together=1, recompute=True)
        if not self.step.stride:
            return
        long_side = self.tile_px or max(self.height, self.width)
        for parts in range(2, long_side // _SMALLEST_TILE_PX + 1):
            strides = -(-long_side // (parts * self.step.stride))
            yield replace(self, together=1, recompute=False, tile_px=strides * self.step.stride)

    def __str__(self) -> str:
        how = f"{self.together} together" if self.together > 1 else "one at a time"
        how += ", blocks of the backbone computed again" if self.recompute else ""
        how += f", in tiles of {self.tile_px} px" if self.tile_px else ""
        return f"canvases of {self.width}×{self.height} px {how}, in up to {self.bytes / 1e9:.1f} GB"


def choose_plan(
    height: int, width: int, measure: Callable[[], StepBytes], free_bytes: int | None, *, together: int = 1
) -> Plan:
    """The first plan that fits: all together, fewer, one; recomputing; tiles, as large as they can be.

    Args:
        measure: `measured_step`, which takes seconds; called where memory may be short.
        free_bytes: memory there is; None where nobody tells, and then all of it is thought to fit.
        together: canvases in a batch, at most.

    Raises:
        ArtgenError: not even the smallest tiles fit.
    """
    ample = Plan(height, width, _AMPLE, together)
    if free_bytes is None or ample.bytes <= free_bytes * SHARE_OF_FREE:
        return ample
    plan = replace(ample, step=measure()).fitting(free_bytes)
    if plan is None:
        raise ArtgenError(
            f"a canvas of {width}×{height} px does not fit into the memory there is, {free_bytes / 1e9:.1f} GB, "
            "not even in tiles",
            hint="paint it smaller, or close what else takes memory",
        )
    return plan


def free_bytes(device: torch.device) -> int | None:
    """Memory that canvases on a device may still take; None where nobody tells."""
    if device.type != "cuda":
        return available_bytes()
    idle = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return torch.cuda.mem_get_info(device)[0] + idle


def measured_step(
    losses: Sequence[Any],
    pixel_demands: Sequence[PixelDemand],
    sight: Sight,
    device: torch.device,
    *,
    copies: int,
    weighted: bool = False,
) -> StepBytes:
    """Take a step on two small pictures of noise: what the larger one takes more is the price of its pixels.

    Args:
        losses: that look at features.
        copies: of a canvas that are there beside a step: its content, its pixels, what the optimiser remembers of them.
        weighted: whether some places count more than others, because of masks or transparency.
    """
    (less, small), (more, large) = (
        (_Peaks.of(losses, pixel_demands, sight, torch.rand(1, 3, side, side, device=device), weighted), side**2)
        for side in _PROBED_PX
    )

    def each(small_peak: int, large_peak: int) -> float:
        return (large_peak - small_peak) / (large - small)

    layers = {layer for loss in losses for layer in loss.layers}
    look = each(less.look, more.look)
    return StepBytes(
        fixed=max(0, round(less.look - look * small)),
        canvas=(copies + 1) * _COPY + each(less.content, more.content),
        pixels=each(less.pixels, more.pixels),
        look=look,
        recomputed=each(less.recomputed, more.recomputed),
        stride=sight.stride(layers) if sight.can_tile else 0,
        halo=sight.halo(layers) if sight.can_tile else 0,
    )


@dataclass(frozen=True)
class _Peaks:
    """Bytes at one size: the content's maps, and the most there is at once during each part of a step."""

    content: int
    pixels: int
    look: int
    recomputed: int

    @classmethod
    def of(
        cls, losses: Sequence[Any], pixel_demands: Sequence[PixelDemand], sight: Sight, picture: Tensor, weighted: bool
    ) -> _Peaks:
        demands = [_demand(loss, picture, sight, weighted) for loss in losses]
        layers = {layer for demand in demands if demand.style is None for layer in demand.loss.layers}
        content = feature_maps(picture, layers, sight)
        again = Sight(sight.backbone, sight.autocast, recompute=sight.can_recompute)
        return cls(
            content=sum(found.numel() * found.element_size() for found in content.values()),
            pixels=_peak(lambda: gradient(picture, [], sight, content={}, pixel_demands=pixel_demands)),
            look=_peak(lambda: gradient(picture, demands, sight, content=content)),
            recomputed=_peak(lambda: gradient(picture, demands, again, content=content)),
        )


def _peak(work: Callable[[], object]) -> int:
    counted = PeakBytes()
    with counted:
        work()
    return counted.peak


def _demand(loss: Any, picture: Tensor, sight: Sight, weighted: bool) -> Demand:
    """A loss that wants a picture to be what it is."""
    sizes = {layer: sight.map_size(layer, *picture.shape[2:]) for layer in loss.layers} if weighted else {}
    weights = {layer: picture.new_ones(1, 1, *size) for layer, size in sizes.items()}
    if not hasattr(loss, "statistics"):
        return Demand("content", loss, 1.0, weights=weights)
    sums = sums_of(picture, loss, sight, weights=weights)
    return Demand("style", loss, 1.0, loss.prepared(loss.statistics(sums)), weights)
