"""What all canvases of a job are painted with: the backbone, the losses, and every picture that is looked at.

A style is encoded once per size, whatever the number of contents; contents and masks are read when their turn comes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor

from artgen.data.alpha import colours_and_alpha, over_white
from artgen.data.artwork import Artwork, read_artwork, read_mask
from artgen.data.headers import check_content, fitted, may_be_transparent, picture_size
from artgen.engine.networks import build_backbone
from artgen.engine.paint.edges import BORDER_PX, Edges
from artgen.engine.paint.keep_colors import coral, match_histogram
from artgen.engine.paint.memory import StepBytes, measured_step
from artgen.engine.paint.plans import PaintPlans
from artgen.engine.paint.setting import Setting, of_pixels
from artgen.engine.paint.torus import PLACE_PX
from artgen.engine.precision import autocast_for, choose_precision
from artgen.job.styles import pictures_of
from artgen.losses.config import StyleConfig
from artgen.sight.demands import Demand, PixelDemand, feature_maps
from artgen.sight.sight import Sight
from artgen.sight.styles import joined, place_weights, prepared_style, style_picture
from artgen.sight.views import Sums

if TYPE_CHECKING:
    from artgen.job.canvases import CanvasPlan
    from artgen.job.model import Job, Part

_STYLES_KEPT = 64
_ARTWORKS_KEPT = 8
_COPIES = 6
"""Of a canvas in memory beside its step: content, pixels, and what is remembered of its size by Adam and by its mean."""
_COLOURS_FROM_PX = 512
"""Long side at which a content's colours are taken; more pixels say nothing more of them."""


class Studio:
    """Everything that is loaded once for a job.

    Args:
        job: of canvases.
        device: where they are painted.
        warn: told what a person should know.

    Attributes:
        sight: the job's backbone.
        plans: how pictures are looked at in the memory there is.
        edges: what the backbone is shown beyond those of a canvas.
    """

    def __init__(self, job: Job, device: torch.device, *, warn: Callable[[str], None]) -> None:
        self.job = job
        self.device = device
        self.precision = choose_precision(job.paint.precision, device)
        self.sight = Sight(build_backbone(job, device), autocast_for(device, self.precision))
        losses = [(part, _built(part)) for part in job.losses]
        self._losses = [(part, loss) for part, loss in losses if hasattr(loss, "sums")]
        strides: Mapping[str, int] = getattr(self.sight.backbone, "strides", {})
        place_px = max((strides.get(layer, 1) for _, loss in self._losses for layer in loss.layers), default=1)
        self.edges = Edges(job.generator.config.wrap, place_px)
        self._pixel_demands = [
            PixelDemand(part.name, part.config.weight, of_pixels(loss, part.name, around=self.edges.meet))
            for part, loss in losses
            if not hasattr(loss, "sums")
        ]
        self._styles: OrderedDict[tuple[Any, ...], Sums] = OrderedDict()
        self._artwork = lru_cache(_ARTWORKS_KEPT)(self._read)
        self._notes: dict[Path, str] = {}
        self._dpi: dict[Path, float] = {}
        self._warn = warn
        self.plans = PaintPlans(job.paint, self.sight, device, lambda: self.step_bytes, warn=warn)

    def size_of(self, plan: CanvasPlan, long_side: int) -> tuple[int, int]:
        """Height and width of a canvas whose long side is given; a texture is square.

        One whose edges meet is of whole places of the deepest layer before it comes to its own size, so that none of
        its pixels counts for less.
        """
        if plan.content is None:
            if self.edges.meet and long_side != self.job.generator.config.size:
                long_side = max(BORDER_PX, round(long_side / PLACE_PX) * PLACE_PX)
            return long_side, long_side
        width, height = picture_size(plan.content)
        return fitted(height, width, long_side)

    def sizes_of(self, plan: CanvasPlan) -> list[int]:
        """The long sides that a canvas goes through; it begins where its short side is not too small for the losses.

        Raises:
            DataError: it is too small at every size, or its content gives no picture.
        """
        sizes = self.job.paint.sizes(self.job.generator.config.size)
        if plan.content:
            check_content(plan.content, sizes[-1], self.edges.place_px)
        return [size for size in sizes if min(self.size_of(plan, size)) >= self.edges.place_px] or sizes[-1:]

    def setting(self, plans: Sequence[CanvasPlan], size: tuple[int, int]) -> Setting:
        """What a group is held against at one size, (height, width).

        Raises:
            ArtgenError: a picture cannot be read, or is too small to be a style.
        """
        content, alpha = self._contents(plans, size)
        keep = _stacked([self._mask(plan.keep, plan, size) for plan in plans], fill=0.0)
        demands = []
        for part, loss in self._losses:
            weight = part.config.weight
            style, where = None, alpha
            if isinstance(part.config, StyleConfig):
                weight *= self.job.generator.config.strength
                style = joined([self._style(part, loss, plan, size) for plan in plans])
                mask = _stacked([self._mask(plan.masks.get(part.name), plan, size) for plan in plans])
                where = _times(alpha, mask)
            if self.edges.meet and where is None and self.sight.can_tile:
                where = torch.ones(len(plans), 1, *size, device=self.device)
            weights = {} if where is None else place_weights(self.edges.counted(where), loss.layers, self.sight)
            demands.append(Demand(part.name, loss, weight, style, weights))
        maps: Mapping[str, Tensor] = {}
        looked_at = {layer for _, loss in self._losses if "content" in loss.needs for layer in loss.layers}
        if content is not None and looked_at:
            seen = self.edges.surrounded(over_white(content, alpha))
            maps = feature_maps(seen, looked_at, self.sight, tile_px=self.plans.tile_px)
        return Setting(len(plans), size, content, alpha, keep, demands, self._pixel_demands, maps)

    @cached_property
    def step_bytes(self) -> StepBytes:
        """What a step takes by its pixels, from two small ones."""
        losses = [loss for _, loss in self._losses]
        config = self.job.generator.config
        copies = _COPIES + (2 * self.job.paint.history if self.job.paint.optimizer == "lbfgs" else 0)
        masked = any(getattr(part.config, "mask", None) for part, _ in self._losses)
        weighted = masked or self.edges.meet or any(map(may_be_transparent, pictures_of(config.content)))
        return measured_step(losses, self._pixel_demands, self.sight, self.device, copies=copies, weighted=weighted)

    def notes_on(self, plan: CanvasPlan) -> list[str]:
        """What was lost in reading the pictures of a canvas that was painted, without their paths."""
        files = [*([plan.content] if plan.content else []), *chain.from_iterable(plan.styles.values())]
        return [f"{file.stem}: {self._notes[file]}" for file in dict.fromkeys(files) if self._notes.get(file)]

    def dpi_of(self, plan: CanvasPlan) -> float:
        """How large the content of a canvas that was painted is printed; 0 where it does not say."""
        return self._dpi.get(plan.content, 0.0) if plan.content else 0.0

    def style_colours(self, plan: CanvasPlan, long_side: int) -> Tensor:
        """A picture in whose colours a canvas may begin, (1, 3 or 4, h, w)."""
        part, files = next((part, plan.styles[part.name]) for part, _ in self._losses if part.name in plan.styles)
        return self._style_picture(part, files[0], plan, long_side)

    def _read(self, file: Path) -> Artwork:
        artwork = read_artwork(file)
        if artwork.note and file not in self._notes:
            self._warn(f"{file.name}: {artwork.note}")
        self._notes[file], self._dpi[file] = artwork.note, artwork.dpi or 0.0
        return artwork

    def _contents(self, plans: Sequence[CanvasPlan], size: tuple[int, int]) -> tuple[Tensor | None, Tensor | None]:
        if plans[0].content is None:
            return None, None
        pictures = [self._artwork(plan.content).at(size[1], size[0]).to(self.device) for plan in plans]
        colours, alphas = zip(*map(colours_and_alpha, pictures), strict=True)
        return torch.cat(colours), _stacked(alphas)

    def _mask(self, file: Path | None, plan: CanvasPlan, size: tuple[int, int]) -> Tensor | None:
        """A mask at a canvas' size, (1, 1, H, W)."""
        if file is None or plan.content is None:
            return None
        mask = read_mask(file, self._artwork(plan.content)).to(self.device)
        return F.interpolate(mask, size, mode="area" if size[0] <= mask.shape[2] else "bilinear")

    def _style(self, part: Part, loss: Any, plan: CanvasPlan, size: tuple[int, int]) -> Sums:
        """What a loss knows of a canvas' style at a size, (1, …); encoded once."""
        files, long_side = plan.styles[part.name], max(size)
        key = (part.name, *files, long_side, plan.content if self._recolours else None)
        if key not in self._styles:
            pictures = [self._style_picture(part, file, plan, long_side) for file in files]
            # a style may be larger than the canvas, which the plan knows nothing of
            tile_px = self.plans.tile_px or (long_side if self.sight.can_tile else 0)
            self._styles[key] = prepared_style(pictures, part.config.weights, loss, self.sight, tile_px=tile_px)
            while len(self._styles) > _STYLES_KEPT:
                self._styles.popitem(last=False)
        self._styles.move_to_end(key)
        return self._styles[key]

    def _style_picture(self, part: Part, file: Path, plan: CanvasPlan, long_side: int) -> Tensor:
        """A style at the scale of a canvas, in the content's colours where the job keeps those; (1, 3 or 4, h, w)."""
        picture = style_picture(self._artwork(file), long_side, part.config.scale).to(self.device)
        if not self._recolours or plan.content is None:
            return picture
        content = self._artwork(plan.content)
        size = fitted(content.height, content.width, min(_COLOURS_FROM_PX, max(content.height, content.width)))
        return self._recolours(picture, content.at(size[1], size[0]).to(self.device))

    @property
    def _recolours(self) -> Callable[[Tensor, Tensor], Tensor] | None:
        """What gives a style the colours of a content; None where it keeps its own."""
        return {"coral": coral, "histogram": match_histogram}.get(self.job.generator.config.keep_colors)


def _built(part: Part) -> Any:
    return part.component.load()(part.config)


def _stacked(tensors: Sequence[Tensor | None], *, fill: float = 1.0) -> Tensor | None:
    """One after the other, (B, …), full of `fill` where some have none; None where none has any."""
    there = [tensor for tensor in tensors if tensor is not None]
    if not there:
        return None
    return torch.cat([torch.full_like(there[0], fill) if tensor is None else tensor for tensor in tensors])


def _times(one: Tensor | None, other: Tensor | None) -> Tensor | None:
    return other if one is None else one if other is None else one * other
