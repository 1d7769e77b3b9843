"""The painting loop: a group of canvases of one shape, from the coarsest size to the finest.

What is on a canvas depends on its content, its style, its seed and the job alone, never on what is painted beside it.
A group that was stopped goes on from its last checkpoint as if it had not been.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from artgen.engine.paint.brushes import Brush, take_brush
from artgen.engine.paint.keep_colors import coral, with_luminance
from artgen.engine.paint.setting import Setting
from artgen.engine.paint.studio import Studio
from artgen.engine.paint.torus import enlarged_around
from artgen.errors import ArtgenError
from artgen.generators.canvas import Canvas, enlarged, noise
from artgen.sight.demands import gradient

if TYPE_CHECKING:
    from artgen.job.canvases import CanvasPlan


@dataclass
class InHand:
    """Where a group of canvases stands.

    Attributes:
        stage: index of the size it is painted at.
        step: steps taken at this size.
        seconds: spent on it so far, over all calls.
        tensors: pixels and brush, as a checkpoint keeps them; empty before the first step.
    """

    stage: int = 0
    step: int = 0
    seconds: float = 0.0
    tensors: Mapping[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True)
class Finished:
    """What became of one canvas.

    Attributes:
        picture: (C, H, W) in 0…1 with 3 or, transparent, 4 channels; straight alpha.
        losses: unweighted, by name.
    """

    picture: Tensor
    losses: dict[str, float]


Keep = Callable[[InHand], None]
"""Writes a checkpoint where it is due, and raises InterruptedRun when somebody asked to stop."""


def paint(group: Sequence[CanvasPlan], studio: Studio, stand: InHand, keep: Keep) -> list[Finished]:
    """Paint a group of canvases of one shape to its end, or on from where it stands.

    Args:
        group: what to paint; as many canvases as are painted at a time.
        studio: what they are painted with.
        stand: where they stand; kept up to date.
        keep: called after every step.

    Raises:
        ArtgenError: the numbers went bad, or the device is out of memory with the smallest tiles.
        InterruptedRun: from `keep`.
    """
    config = studio.job.paint
    sizes = studio.sizes_of(group[0])
    brush: Brush | None = None
    while True:
        size = studio.size_of(group[0], sizes[stand.stage])
        studio.plans.enter(studio.edges.size(*size), len(group))
        setting = studio.plans.stepping_down(partial(studio.setting, group, size))
        brush = _brush_at(setting, group, studio, stand, brush)
        steps = config.steps if stand.stage == 0 else config.refine_steps
        clock = time.monotonic()
        while stand.step < steps:
            brush.step(partial(_look, brush.canvas, setting, studio))
            stand.step += 1
            stand.seconds += time.monotonic() - clock
            clock = time.monotonic()
            stand.tensors = {"pixels": brush.canvas.pixels.detach(), **brush.tensors()}
            keep(stand)
        if stand.stage == len(sizes) - 1:
            return _finished(brush, setting, studio)
        stand.stage, stand.step, stand.tensors = stand.stage + 1, 0, {}


def _brush_at(
    setting: Setting, group: Sequence[CanvasPlan], studio: Studio, stand: InHand, before: Brush | None
) -> Brush:
    """A brush and its canvas at a size: as they stand, grown from the size before, or begun."""
    on = {"content": setting.content, "keep": setting.keep, "alpha": setting.alpha}
    config = studio.job.paint
    if stand.tensors:
        brush = take_brush(Canvas(stand.tensors["pixels"].to(studio.device), **on), config)
        brush.restore({name: tensor for name, tensor in stand.tensors.items() if name != "pixels"})
        return brush
    if before is not None:
        enlarge = enlarged_around if studio.edges.meet else enlarged
        return before.on(Canvas(enlarge(before.result(), *setting.size).clamp(-1, 1), **on))
    return take_brush(Canvas(_beginning(setting, group, studio), **on), config)


def _beginning(setting: Setting, group: Sequence[CanvasPlan], studio: Studio) -> Tensor:
    """What is on the canvases before the first step."""
    start = studio.job.generator.config.start
    if start == "content" and setting.content is not None:
        return setting.content
    begun = torch.cat([noise(plan.seed, *setting.size) for plan in group]).to(studio.device)
    if start == "noise":
        return begun
    colours = [studio.style_colours(plan, max(setting.size)) for plan in group]
    coloured = [coral(one[None], colour) for one, colour in zip(begun, colours, strict=True)]
    return torch.cat(coloured).clamp(-1, 1)


def _look(canvas: Canvas, setting: Setting, studio: Studio) -> Tensor:
    """Hold the canvases against their setting: sets their gradient, returns the loss of all."""
    values, slope = _judged(canvas, setting, studio)
    canvas.take(slope)
    total = torch.stack([value.sum() * setting.weights[name] for name, value in values.items()]).sum()
    if not math.isfinite(total):
        bad = [name for name, value in values.items() if not math.isfinite(value.sum() * setting.weights[name])]
        has_rate = studio.job.paint.optimizer == "adam"
        raise ArtgenError(
            "the numbers went bad (not a number) while painting",
            where=studio.job.place_of(f"losses.{bad[0]}.weight" if len(bad) == 1 or not has_rate else "paint.rate"),
            hint=f"lower {'[paint] rate, or ' if has_rate else ''}the weight of the loss that you raised last",
        )
    return total


def _judged(canvas: Canvas, setting: Setting, studio: Studio) -> tuple[dict[str, Tensor], Tensor]:
    """The losses of the canvases as they are seen, (B,) by name, and the gradient of their weighted sum."""
    picture = canvas().picture

    def judge() -> list[tuple[dict[str, Tensor], Tensor]]:
        return [_of_part(picture[some], part, studio) for some, part in setting.parts(studio.plans.canvases)]

    judged = studio.plans.stepping_down(judge)
    values = {name: torch.cat([found[name] for found, _ in judged]) for name in judged[0][0]}
    return values, torch.cat([slope for _, slope in judged])


def _of_part(picture: Tensor, part: Setting, studio: Studio) -> tuple[dict[str, Tensor], Tensor]:
    """The same of some of the canvases; a backbone is shown something beyond their edges, losses of pixels are not."""
    values, slope = gradient(picture, (), studio.sight, content={}, pixel_demands=part.pixel_demands)
    if not part.demands:
        return values, slope
    shown = studio.edges.surrounded(picture)
    found, more = gradient(shown, part.demands, studio.sight, content=part.maps, tile_px=studio.plans.tile_px)
    return values | found, slope + studio.edges.folded(more, picture.shape[2:])


def _finished(brush: Brush, setting: Setting, studio: Studio) -> list[Finished]:
    """The pictures worth keeping, and how near they came."""
    canvas: Any = brush.canvas
    with torch.no_grad():
        canvas.pixels.copy_(brush.result())
    pixels = canvas.finished(canvas.pixels.detach())
    values, _ = _judged(canvas, setting, studio)
    if studio.job.generator.config.keep_colors == "luminance" and setting.content is not None:
        pixels = with_luminance(pixels, setting.content)
    finished = []
    for index, picture in enumerate(pixels.clamp(-1, 1) * 0.5 + 0.5):
        if setting.alpha is not None and bool((setting.alpha[index] < 1).any()):
            picture = torch.cat((picture, setting.alpha[index]))
        finished.append(Finished(picture.cpu(), {name: float(value[index]) for name, value in values.items()}))
    return finished
