"""A step of painting in a style against the bare backbone's forward and backward pass, and four canvases in one batch.

The step is all that a canvas' loop does: one look for all losses, their values and gradients, Adam, the running mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from artgen.backbones.config import VGG16Config
from artgen.backbones.vgg16 import VGG16
from artgen.engine.config import PaintConfig
from artgen.engine.paint.brushes import take_brush
from artgen.engine.precision import autocast_for, choose_device, choose_precision
from artgen.generators.canvas import Canvas, noise
from artgen.losses.config import ContentConfig, GramStyleConfig, StyleMomentsConfig
from artgen.losses.content import Content
from artgen.losses.gram_style import GramStyle
from artgen.losses.style_moments import StyleMoments
from artgen.losses.total_variation import total_variation
from artgen.sight.demands import Demand, PixelDemand, feature_maps, gradient, sums_of
from artgen.sight.sight import Sight
from tests.bench.clock import seconds
from tests.bench.ratio import interleaved, interval
from tests.bench.section import write_section

PAIRS = 12
SIDE = 256
STEPS = 2
TARGETS = {"gram-style": 1.15, "style-moments": 1.5}
SMOOTH = PixelDemand("total-variation", 0.1, total_variation)


class Easel:
    """Canvases of noise with what they are held against.

    Args:
        style: the name of a style loss; content and total variation stand beside it.
    """

    def __init__(self, style: str, height: int, width: int, *, count: int = 1, tile_px: int = 0) -> None:
        self.device = choose_device("auto")
        backbone = VGG16(VGG16Config(pooling="average")).to(self.device)
        self.sight = Sight(backbone, autocast_for(self.device, choose_precision("auto", self.device)))
        self.tile_px = tile_px
        self.content_loss, self.style_loss = Content(ContentConfig()), _style_loss(style)
        self.layers = frozenset((*self.style_loss.layers, *self.content_loss.layers))
        photo = noise(1, height, width).to(self.device)
        self.content = {
            layer: found.expand(count, -1, -1, -1)
            for layer, found in feature_maps(photo, self.content_loss.layers, self.sight, tile_px=tile_px).items()
        }
        painting = noise(2, min(height, 512), min(width, 512)).to(self.device)
        statistics = self.style_loss.statistics(sums_of(painting, self.style_loss, self.sight, weights={}))
        known = {key: torch.cat([one] * count) for key, one in self.style_loss.prepared(statistics).items()}
        self.demands: Sequence[Demand] = [
            Demand("content", self.content_loss, 1.0),
            Demand(style, self.style_loss, 1.0, known),
        ]
        pixels = torch.cat([noise(3 + index, height, width) for index in range(count)]).to(self.device)
        self.brush = take_brush(Canvas(pixels), PaintConfig())

    def step(self) -> None:
        """Take one step."""
        self.brush.step(self._look)

    def _look(self) -> Tensor:
        canvas = self.brush.canvas
        values, slope = gradient(
            canvas().picture,
            self.demands,
            self.sight,
            content=self.content,
            pixel_demands=[SMOOTH],
            tile_px=self.tile_px,
        )
        canvas.take(slope)
        return torch.stack([value.sum() for value in values.values()]).sum()

    def bare(self) -> None:
        """The same layers forward and backward, and nothing else."""
        leaf = self.brush.canvas.pixels.detach().clone().requires_grad_()
        features = list(self.sight.features(leaf, self.layers).values())
        torch.autograd.grad(features, leaf, [found.new_ones(()).expand_as(found) for found in features])


def _style_loss(name: str) -> Any:
    if name == "gram-style":
        return GramStyle(GramStyleConfig(images=["noise"]))
    return StyleMoments(StyleMomentsConfig(images=["noise"]))


def cost(easel: Easel, work: str, steps: int = STEPS) -> float:
    """What some steps cost."""
    began = seconds(easel.device)
    for _ in range(steps):
        getattr(easel, work)()
    return seconds(easel.device) - began


def main() -> None:
    """Compare, and write the section."""
    torch.set_num_threads(1)  # with more, CPU time would also count threads that spin while they wait
    rows = [_against_the_backbone(style, target) for style, target in TARGETS.items()]
    rows.append(_four_in_one_batch())
    device = choose_device("auto")
    write_section(
        f"A step of painting in a style, {device.type.upper()}",
        f"""
VGG-16 with average pooling, {SIDE} px, {choose_precision("auto", device)}; content at relu4_2, style at relu1_1 to
relu5_1, total variation; {"wall time" if device.type == "cuda" else "CPU time at one thread"}, {PAIRS} interleaved pairs.
The bare backbone looks at the same layers, forward and backward.

| what | ms | against | ratio [95 %] | target |
|---|---|---|---|---|
"""
        + "\n".join(rows),
    )


def _against_the_backbone(style: str, target: float) -> str:
    easel = Easel(style, SIDE, SIDE)
    cost(easel, "step", 1)
    cost(easel, "bare", 1)
    ours, bare = interleaved(lambda: cost(easel, "step"), lambda: cost(easel, "bare"), PAIRS)
    return _row(f"a step with {style}", ours / STEPS, "bare backbone", bare / STEPS, f"at most {target:g}")


def _four_in_one_batch() -> str:
    one, four = Easel("gram-style", SIDE, SIDE), Easel("gram-style", SIDE, SIDE, count=4)
    cost(one, "step", 1)
    cost(four, "step", 1)
    together, apart = interleaved(lambda: cost(four, "step", 1), lambda: cost(one, "step", 4), PAIRS)
    target = "at most 0.8" if one.device.type == "cuda" else "at most 1.15"
    return _row("a step of four canvases in one batch", together, "four single steps", apart, target)


def _row(what: str, ours: np.ndarray, against: str, theirs: np.ndarray, target: str) -> str:
    ratio, low, high = interval(ours / theirs)
    row = (
        f"| {what} | {1000 * np.median(ours):.1f} | {against}, {1000 * np.median(theirs):.1f} "
        f"| **{ratio:.3f}** [{low:.3f}, {high:.3f}] | {target} |"
    )
    print(row, flush=True)
    return row
