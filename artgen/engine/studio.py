"""What all canvases of a job are painted with: the backbone, the losses, and every picture that is looked at.

A style is encoded once per size, whatever the number of contents; contents and masks are read when their turn comes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor

from artgen.contracts import Painted
from artgen.data.artwork import Artwork, read_artwork, read_mask
from artgen.engine.demands import Demand, PixelDemand, feature_maps, sums_of
from artgen.engine.keep_colors import coral, match_histogram
from artgen.engine.memory import free_cached
from artgen.engine.paint_memory import Plan, StepBytes, choose_plan, free_bytes, measured_step
from artgen.engine.precision import autocast_for, choose_precision
from artgen.engine.sight import Sight
from artgen.engine.views import Sums
from artgen.errors import ArtgenError
from artgen.latents.sampler import is_out_of_memory
from artgen.losses.config import StyleConfig

if TYPE_CHECKING:
    from artgen.job.canvases import CanvasPlan
    from artgen.job.model import Job, Part

T = TypeVar("T")

_STYLES_KEPT = 64
_ARTWORKS_KEPT = 8
_MOST_TOGETHER = 16
_TOGETHER_PX = 1 << 20
"""On a GPU this many pixels are painted at a time, which keeps it busy."""
_COPIES = 6
"""Of a canvas in memory beside its step: content, pixels, and what is remembered of its size by Adam and by its mean."""


@dataclass(frozen=True)
class Setting:
    """What the canvases of a group are held against at one size; tensors are (B, …).

    Attributes:
        canvases: B.
        size: height and width.
        content: (B, 3, H, W) straight colours; None for textures.
        alpha: (B, 1, H, W); None where everything is opaque.
        keep: (B, 1, H, W); None where nothing is kept.
        demands: the losses that look through the backbone or at statistics.
        pixel_demands: those that look at the pixels themselves.
        maps: the content's feature maps by layer.
    """

    canvases: int
    size: tuple[int, int]
    content: Tensor | None = None
    alpha: Tensor | None = None
    keep: Tensor | None = None
    demands: Sequence[Demand] = ()
    pixel_demands: Sequence[PixelDemand] = ()
    maps: Mapping[str, Tensor] = field(default_factory=dict)

    def parts(self, count: int) -> Iterator[tuple[slice, Setting]]:
        """The same for some of the canvases at a time."""
        for first in range(0, self.canvases, count):
            some = slice(first, first + count)
            demands = [
                replace(one, style=one.style and _some(one.style, some), weights=_some(one.weights, some))
                for one in self.demands
            ]
            yield some, replace(self, demands=demands, maps=_some(self.maps, some))

    @property
    def weights(self) -> dict[str, float]:
        """What each loss is multiplied by, by its name."""
        named: list[Demand | PixelDemand] = [*self.demands, *self.pixel_demands]
        return {demand.name: demand.weight for demand in named}


class Studio:
    """Everything that is loaded once for a job.

    Args:
        job: of canvases.
        device: where they are painted.
        warn: told what a person should know.

    Attributes:
        sight: the job's backbone.
        tile_px: side of the tiles that pictures are looked at in; 0 for whole pictures.
        plan: how canvases are looked at now.
    """

    def __init__(self, job: Job, device: torch.device, *, warn: Callable[[str], None]) -> None:
        self.job = job
        self._warn = warn
        self.device = device
        precision = choose_precision(job.paint.precision, device)
        backbone = None if job.backbone is None else _built(job.backbone).to(device)
        self.sight = Sight(backbone, autocast_for(device, precision))
        self.tile_px = 0
        self.plan: Plan | None = None
        self._losses = [(part, _built(part)) for part in job.losses]
        self._styles: OrderedDict[tuple[Any, ...], Sums] = OrderedDict()
        self._artwork = lru_cache(_ARTWORKS_KEPT)(read_artwork)

    @property
    def layers(self) -> frozenset[str]:
        """Every layer that some loss looks at."""
        return frozenset(layer for _, loss in self._losses for layer in getattr(loss, "layers", ()))

    def size_of(self, plan: CanvasPlan, long_side: int) -> tuple[int, int]:
        """Height and width of a canvas whose long side is given; a texture is square."""
        if plan.content is None:
            return long_side, long_side
        art = self._artwork(plan.content)
        return fitted(art.height, art.width, long_side)

    def setting(self, plans: Sequence[CanvasPlan], size: tuple[int, int]) -> Setting:
        """What a group is held against at one size, (height, width).

        Raises:
            ArtgenError: a picture cannot be read, or is too small to be a style.
        """
        content, alpha = self._contents(plans, size)
        keep = _stacked([self._mask(plan.keep, plan, size) for plan in plans], fill=0.0)
        demands, pixel_demands = [], []
        for part, loss in self._losses:
            weight = part.config.weight * part.config.every
            if not hasattr(loss, "sums"):
                pixel_demands.append(PixelDemand(part.name, weight, _of_pixels(loss)))
                continue
            style = None
            where = alpha
            if isinstance(part.config, StyleConfig):
                weight *= self.job.generator.config.strength
                style = _joined([self._style(part, loss, plan, size) for plan in plans])
                mask = _stacked([self._mask(plan.masks.get(part.name), plan, size) for plan in plans])
                where = _times(alpha, mask)
            demands.append(Demand(part.name, loss, weight, style, self._weights(loss, where, size)))
        maps: Mapping[str, Tensor] = {}
        looked_at = {layer for _, loss in self._losses if "content" in loss.needs for layer in loss.layers}
        if content is not None and looked_at:
            seen = content if alpha is None else 1 + (content - 1) * alpha
            maps = feature_maps(seen, looked_at, self.sight, tile_px=self.tile_px)
        return Setting(len(plans), size, content, alpha, keep, demands, pixel_demands, maps)

    def together(self, size: tuple[int, int]) -> int:
        """How many canvases of this size, (height, width), are painted at a time."""
        wanted = self.job.paint.together
        if not wanted:
            # a processor is as busy with one picture as with many
            wanted = (
                1 if self.device.type == "cpu" else max(1, min(_MOST_TOGETHER, _TOGETHER_PX // (size[0] * size[1])))
            )
        return self._planned(size, wanted).together

    def enter(self, size: tuple[int, int], canvases: int) -> None:
        """Choose how pictures of this size, (height, width), are looked at from here on.

        Raises:
            ArtgenError: not even the smallest tiles fit into memory.
        """
        self._follow(self._planned(size, canvases))

    def stepping_down(self, work: Callable[[], T]) -> T:
        """The result of `work`, done again by ever smaller plans while the device runs out of memory.

        Raises:
            ArtgenError: the smallest plan is too large.
        """
        while True:
            try:
                return work()
            except RuntimeError as error:
                if not is_out_of_memory(error):
                    raise
                smaller = self.plan.smaller() if self.plan else None
                if smaller is None:
                    raise ArtgenError(
                        "the device is out of memory even with the smallest tiles",
                        where=str(self.device),
                        hint="paint smaller, or close what else uses the device",
                    ) from error
            # outside of the handler, whose traceback holds the tensors that filled the device
            free_cached()
            self._follow(smaller)
            self._warn(f"the device ran out of memory: going on with {smaller}")

    @property
    def notes(self) -> list[str]:
        """What a person should know of how the canvases in hand were painted."""
        plan = self.plan
        return [f"painted {plan}"] if plan and (plan.tile_px or plan.recompute) else []

    def _planned(self, size: tuple[int, int], canvases: int) -> Plan:
        forced = self.job.paint.tile
        plan = choose_plan(*size, lambda: self._step_bytes, free_bytes(self.device), together=canvases)
        return replace(plan, together=1, recompute=False, tile_px=forced) if forced else plan

    def _follow(self, plan: Plan) -> None:
        self.plan = plan
        self.sight.recompute = plan.recompute and self.sight.can_recompute
        self.tile_px = plan.tile_px

    @cached_property
    def _step_bytes(self) -> StepBytes:
        """What a step takes by its pixels, from two small ones."""
        feature_losses = [loss for _, loss in self._losses if hasattr(loss, "sums")]
        pixel_demands = [
            PixelDemand(part.name, 1.0, _of_pixels(loss)) for part, loss in self._losses if not hasattr(loss, "sums")
        ]
        config = self.job.generator.config
        copies = _COPIES + (2 * self.job.paint.history if self.job.paint.optimizer == "lbfgs" else 0)
        weighted = bool(config.keep) or any(getattr(part.config, "mask", None) for part, _ in self._losses)
        return measured_step(feature_losses, pixel_demands, self.sight, self.device, copies=copies, weighted=weighted)

    def style_colours(self, plan: CanvasPlan, long_side: int) -> Tensor:
        """A picture in whose colours a canvas may begin, (1, 3, h, w)."""
        part, files = next((part, plan.styles[part.name]) for part, _ in self._losses if part.name in plan.styles)
        return self._style_picture(part, files[0], plan, long_side)[:, :3]

    def _contents(self, plans: Sequence[CanvasPlan], size: tuple[int, int]) -> tuple[Tensor | None, Tensor | None]:
        if plans[0].content is None:
            return None, None
        pictures = [self._artwork(plan.content).at(size[1], size[0]).to(self.device) for plan in plans]
        alphas = [picture[:, 3:] * 0.5 + 0.5 if picture.shape[1] == 4 else None for picture in pictures]
        return torch.cat([picture[:, :3] for picture in pictures]), _stacked(alphas)

    def _mask(self, file: Path | None, plan: CanvasPlan, size: tuple[int, int]) -> Tensor | None:
        """A mask at a canvas' size, (1, 1, H, W)."""
        if file is None or plan.content is None:
            return None
        mask = read_mask(file, self._artwork(plan.content)).to(self.device)
        return F.interpolate(mask, size, mode="area") if size[0] <= mask.shape[2] else _enlarged(mask, size)

    def _weights(self, loss: Any, where: Tensor | None, size: tuple[int, int]) -> dict[str, Tensor]:
        """How much each place of each map counts; nothing where all count alike."""
        if where is None:
            return {}
        return {layer: F.interpolate(where, self.sight.map_size(layer, *size), mode="area") for layer in loss.layers}

    def _style(self, part: Part, loss: Any, plan: CanvasPlan, size: tuple[int, int]) -> Sums:
        """What a loss knows of a canvas' style at a size, (1, …); encoded once."""
        files, long_side = plan.styles[part.name], max(size)
        key = (part.name, *files, long_side, plan.content if self._recolours else None)
        if key not in self._styles:
            shares = part.config.weights or [1.0] * len(files)
            statistics = [self._statistics(part, loss, file, plan, long_side) for file in files]
            mean = {
                name: sum(one[name] * (share / sum(shares)) for one, share in zip(statistics, shares, strict=True))
                for name in statistics[0]
            }
            self._styles[key] = loss.prepared(mean)
            while len(self._styles) > _STYLES_KEPT:
                self._styles.popitem(last=False)
        self._styles.move_to_end(key)
        return self._styles[key]

    def _statistics(self, part: Part, loss: Any, file: Path, plan: CanvasPlan, long_side: int) -> Sums:
        picture = self._style_picture(part, file, plan, long_side)
        alpha = picture[:, 3:] * 0.5 + 0.5 if picture.shape[1] == 4 else None
        colours = picture[:, :3] if alpha is None else 1 + (picture[:, :3] - 1) * alpha
        size = (picture.shape[2], picture.shape[3])
        weights = self._weights(loss, alpha, size)
        sums = sums_of(colours, loss, self.sight, weights=weights, tile_px=self.tile_px)
        statistics: Sums = loss.statistics(sums)
        return statistics

    def _style_picture(self, part: Part, file: Path, plan: CanvasPlan, long_side: int) -> Tensor:
        """A style at the scale of a canvas, in the content's colours where the job keeps those; (1, 3 or 4, h, w)."""
        art: Artwork = self._artwork(file)
        wanted = min(round(long_side * part.config.scale), max(art.height, art.width))
        height, width = fitted(art.height, art.width, wanted)
        picture = art.at(width, height).to(self.device)
        if not self._recolours or plan.content is None:
            return picture
        content = self._artwork(plan.content)
        size = fitted(content.height, content.width, min(_COLOURS_FROM_PX, max(content.height, content.width)))
        return self._recolours(picture, content.at(size[1], size[0]).to(self.device))

    @property
    def _recolours(self) -> Callable[[Tensor, Tensor], Tensor] | None:
        """What gives a style the colours of a content; None where it keeps its own."""
        return {"coral": coral, "histogram": match_histogram}.get(self.job.generator.config.keep_colors)


_COLOURS_FROM_PX = 512
"""Long side at which a content's colours are taken; more pixels say nothing more of them."""


def fitted(height: int, width: int, long_side: int) -> tuple[int, int]:
    """Height and width in the same proportions with another long side."""
    factor = long_side / max(height, width)
    return max(1, round(height * factor)), max(1, round(width * factor))


def _built(part: Part) -> Any:
    return part.component.load()(part.config)


@dataclass(frozen=True)
class PictureStep:
    """All that a loss may ask for which looks at the pixels alone.

    Attributes:
        fake: the pictures, with history.
    """

    fake: Painted


def _of_pixels(loss: Any) -> Callable[[Tensor], Tensor]:
    """A loss that asks its step for nothing but the picture, as a function of it."""

    def value(picture: Tensor) -> Tensor:
        told: Tensor = loss.for_generator(PictureStep(Painted(picture)))
        return told

    return value


def _stacked(tensors: Sequence[Tensor | None], *, fill: float = 1.0) -> Tensor | None:
    """One after the other, (B, …), full of `fill` where some have none; None where none has any."""
    there = [tensor for tensor in tensors if tensor is not None]
    if not there:
        return None
    return torch.cat([torch.full_like(there[0], fill) if tensor is None else tensor for tensor in tensors])


def _some(tensors: Mapping[str, Tensor], canvases: slice) -> dict[str, Tensor]:
    return {name: tensor[canvases] for name, tensor in tensors.items()}


def _joined(styles: Sequence[Sums]) -> Sums:
    return {name: torch.cat([style[name] for style in styles]) for name in styles[0]}


def _times(one: Tensor | None, other: Tensor | None) -> Tensor | None:
    return other if one is None else one if other is None else one * other


def _enlarged(mask: Tensor, size: tuple[int, int]) -> Tensor:
    return F.interpolate(mask, size, mode="bilinear", align_corners=False)
