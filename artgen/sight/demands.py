"""What all losses together ask of a picture: their values and the gradient, from one look through the backbone.

A picture too large for that is looked at twice, tile by tile: first the sums that the losses are made of, then, when
their totals and so the losses' slopes are known, each tile's share of the gradient. It is the same gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import torch
from torch import Tensor

from artgen.sight.sight import Sight
from artgen.sight.tiles import Tile, cut
from artgen.sight.views import Sums, View, value_of


@dataclass(frozen=True)
class Demand:
    """A loss that looks at features.

    Attributes:
        name: its name in the job.
        loss: a `ContentLoss` or a `StyleLoss`.
        weight: what its value is multiplied by in the gradient.
        style: what a style loss prepared of the style of each picture, (B, …); None for a content loss.
        weights: by layer, (B, 1, h, w) of the whole picture; empty where all places count alike.
    """

    name: str
    loss: Any
    weight: float
    style: Sums | None = None
    weights: Mapping[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True)
class PixelDemand:
    """A loss that looks at the pixels themselves, and always at all of them.

    Attributes:
        value: (B, 3, H, W) to (B,).
    """

    name: str
    weight: float
    value: Callable[[Tensor], Tensor]


def gradient(
    picture: Tensor,
    demands: Sequence[Demand],
    sight: Sight,
    *,
    content: Mapping[str, Tensor],
    pixel_demands: Sequence[PixelDemand] = (),
    tile_px: int = 0,
) -> tuple[dict[str, Tensor], Tensor]:
    """The values of all losses and the gradient of their weighted sum.

    Args:
        picture: (B, 3, H, W) in [-1, 1].
        content: by layer, the whole maps of the pictures that are repainted.
        tile_px: side of the tiles that the backbone looks through; 0 for the whole picture at once.

    Returns:
        Unweighted values by name, (B,), and the gradient, like the picture. No picture has a part in another's.

    Raises:
        ArtgenError: a backbone that does not say how far it sees cannot look at tiles.
    """
    picture = picture.detach()
    values, slope = _of_pixels(picture, pixel_demands)
    if not demands:
        return values, slope
    scene = _Scene(picture, demands, sight, content)
    tiles = scene.tiles(tile_px)
    if tiles:
        found, slopes = scene.judged(scene.totals(tiles))
        for tile in tiles:
            seen, sums = scene.look(tile)
            _region(slope, tile).add_(_back(sums, slopes, seen))
    else:
        seen, sums = scene.look(None)
        found, slopes = scene.judged(sums)
        slope += _back(sums, slopes, seen)
    return values | found, slope


def sums_of(picture: Tensor, loss: Any, sight: Sight, *, weights: Mapping[str, Tensor], tile_px: int = 0) -> Sums:
    """The sums of a loss over a whole picture, without history.

    Args:
        picture: (B, C, H, W) in [-1, 1]; RGBA premultiplied.
        loss: a `StyleLoss`.
        weights: by layer, (B, 1, h, w); empty where all places count alike.
        tile_px: as in `gradient`.
    """
    scene = _Scene(picture.detach(), [Demand("", loss, 1.0, weights=weights)], sight, {})
    (sums,) = scene.totals(scene.tiles(tile_px))
    return sums


@torch.no_grad()
def feature_maps(picture: Tensor, layers: Collection[str], sight: Sight, *, tile_px: int = 0) -> dict[str, Tensor]:
    """Whole maps of a picture, float32, without history.

    Args:
        picture: (B, C, H, W) in [-1, 1]; RGBA premultiplied.
        tile_px: as in `gradient`.
    """
    tiles = _tiles(picture, layers, sight, tile_px)
    if not tiles:
        return sight.features(picture, layers)
    whole: dict[str, Tensor] = {}
    for tile in tiles:
        for layer, found in sight.features(_region(picture, tile), layers).items():
            if layer not in whole:
                size = sight.map_size(layer, *picture.shape[2:])
                whole[layer] = found.new_empty(*found.shape[:2], *size)
            stride = sight.stride([layer])
            whole[layer][..., *tile.of_picture(stride)] = found[..., *tile.of_tile(stride)]
    return whole


def _of_pixels(picture: Tensor, demands: Sequence[PixelDemand]) -> tuple[dict[str, Tensor], Tensor]:
    """Values and gradient; one loss at a time, since each keeps some copies of the picture."""
    values, slope = {}, torch.zeros_like(picture)
    for demand in demands:
        leaf = picture.detach().requires_grad_()
        value = demand.value(leaf)
        slope += torch.autograd.grad(value.sum() * demand.weight, leaf)[0]
        values[demand.name] = value.detach()
    return values, slope


def _tiles(picture: Tensor, layers: Collection[str], sight: Sight, tile_px: int) -> list[Tile]:
    """The tiles of a picture; none where it is looked at whole, for which a backbone need not say how far it sees."""
    height, width = picture.shape[2:]
    if not tile_px or tile_px >= max(height, width):
        return []
    tiles = cut(height, width, tile_px, sight.stride(layers), sight.halo(layers))
    return tiles if len(tiles) > 1 else []


def _region(picture: Tensor, tile: Tile | None) -> Tensor:
    """What a tile sees of a picture."""
    return picture[..., *tile.seen] if tile else picture


@dataclass(frozen=True)
class _Scene:
    """A picture, and all that is asked of it."""

    picture: Tensor
    demands: Sequence[Demand]
    sight: Sight
    content: Mapping[str, Tensor]

    @property
    def layers(self) -> list[str]:
        return sorted({layer for demand in self.demands for layer in demand.loss.layers})

    def tiles(self, tile_px: int) -> list[Tile]:
        return _tiles(self.picture, self.layers, self.sight, tile_px)

    def look(self, tile: Tile | None) -> tuple[Tensor, list[Sums]]:
        """What a tile sees, a leaf, and the sums of each demand over its core."""
        seen = _region(self.picture, tile).detach().requires_grad_(torch.is_grad_enabled())
        features = self.sight.features(seen, self.layers)
        return seen, [demand.loss.sums(_view(self, demand, features, tile)) for demand in self.demands]

    @torch.no_grad()
    def totals(self, tiles: Sequence[Tile]) -> list[Sums]:
        """The sums of each demand over the whole picture, without history."""
        where: Sequence[Tile | None] = tiles or [None]
        return reduce(_added, (self.look(tile)[1] for tile in where))

    def judged(self, totals: Sequence[Sums]) -> tuple[dict[str, Tensor], list[Sums]]:
        """The values of all demands, and the slope of their weighted sum by each total."""
        leaves = [{key: total.detach().requires_grad_() for key, total in sums.items()} for sums in totals]
        values = {
            demand.name: value_of(demand.loss, sums, demand.style)
            for demand, sums in zip(self.demands, leaves, strict=True)
        }
        loss = torch.stack([(demand.weight * values[demand.name]).sum() for demand in self.demands]).sum()
        flat = [leaf for sums in leaves for leaf in sums.values()]
        slopes = iter(torch.autograd.grad(loss, flat, materialize_grads=True))
        told = {name: value.detach() for name, value in values.items()}
        return told, [{key: next(slopes) for key in sums} for sums in leaves]


def _view(scene: _Scene, demand: Demand, features: Mapping[str, Tensor], tile: Tile | None) -> View:
    """What a loss is shown: everything, or the core of a tile."""
    layers = demand.loss.layers
    found = {layer: features[layer] for layer in layers}
    content = {layer: scene.content[layer] for layer in layers if layer in scene.content}
    if tile is None:
        return View(found, content, demand.weights)
    stride = {layer: scene.sight.stride([layer]) for layer in layers}

    def core(maps: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return {layer: whole[..., *tile.of_picture(stride[layer])] for layer, whole in maps.items()}

    seen = {layer: part[..., *tile.of_tile(stride[layer])] for layer, part in found.items()}
    return View(seen, core(content), core(demand.weights))


def _back(sums: Sequence[Sums], slopes: Sequence[Sums], seen: Tensor) -> Tensor:
    """The gradient by what was seen, from the slopes of the loss by all sums; their history is gone after it."""
    pairs = [(total, slope[key]) for one, slope in zip(sums, slopes, strict=True) for key, total in one.items()]
    totals, by_total = zip(*(pair for pair in pairs if pair[0].requires_grad), strict=True)
    return torch.autograd.grad(totals, seen, by_total)[0]


def _added(totals: list[Sums], more: list[Sums]) -> list[Sums]:
    return [{key: one[key] + other[key] for key in one} for one, other in zip(totals, more, strict=True)]
