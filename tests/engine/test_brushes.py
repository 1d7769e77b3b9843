"""What moves the pixels of a canvas, laid down and taken up again."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from torch import Tensor

from artgen.engine.config import PaintConfig
from artgen.engine.paint.brushes import Brush, take_brush
from artgen.generators.canvas import Canvas

WISHED = torch.linspace(-0.8, 0.9, 3 * 8 * 8).view(1, 3, 8, 8)


def look(canvas: Canvas) -> Tensor:
    """A bowl that is steeper along some pixels than along others, so that curvature matters."""
    steepness = WISHED + 1
    difference = canvas.pixels.detach() - WISHED
    canvas.take(steepness * difference)
    return (steepness * difference.square()).sum() / 2


def moved(brush: Brush, steps: int) -> Brush:
    for _ in range(steps):
        brush.step(partial(look, brush.canvas))
    return brush


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
@pytest.mark.parametrize("taken", [0, 1, 2, 5])
def test_a_brush_that_was_laid_down_after_any_step_goes_on_as_if_it_had_not_been(optimizer: str, taken: int):
    config = PaintConfig(optimizer=optimizer, history=3)
    undisturbed = moved(take_brush(Canvas(torch.zeros(1, 3, 8, 8)), config), taken)
    kept = {name: tensor.clone() for name, tensor in undisturbed.tensors().items()}
    again = take_brush(Canvas(undisturbed.canvas.pixels.detach()), config)
    again.restore(kept)
    assert torch.equal(moved(again, 3).result(), moved(undisturbed, 3).result())


def test_weights_count_in_proportion_however_small_they_are():
    def faint(canvas: Canvas) -> Tensor:
        loss = look(canvas) * 1e-8
        canvas.pixels.grad *= 1e-8
        return loss

    pictures = []
    for one in (look, faint):
        brush = take_brush(Canvas(torch.zeros(1, 3, 8, 8)), PaintConfig(optimizer="lbfgs"))
        for _ in range(12):
            brush.step(partial(one, brush.canvas))
        pictures.append(brush.result())
    torch.testing.assert_close(pictures[0], WISHED, atol=1e-2, rtol=0)
    torch.testing.assert_close(*pictures, atol=1e-3, rtol=0)


def test_a_loss_that_begins_below_zero_goes_down_all_the_same():
    def rewarded(canvas: Canvas) -> Tensor:
        return look(canvas) - 100

    brush = take_brush(Canvas(torch.zeros(1, 3, 8, 8)), PaintConfig(optimizer="lbfgs"))
    for _ in range(12):
        brush.step(partial(rewarded, brush.canvas))
    torch.testing.assert_close(brush.result(), WISHED, atol=1e-2, rtol=0)


@pytest.mark.parametrize("side", [8, 2048])
def test_a_large_canvas_is_moved_as_far_as_a_small_one(side: int):
    """Losses are means: the more pixels, the smaller the gradient of each."""
    brush = take_brush(Canvas(torch.zeros(1, 3, side, side)), PaintConfig(rate=0.04, average=0.0))

    def mean(canvas: Canvas) -> Tensor:
        canvas.take(torch.full_like(canvas.pixels, -3 / (side * side)))
        return torch.zeros(())

    brush.step(partial(mean, brush.canvas))
    torch.testing.assert_close(brush.result()[0, 0, 0, 0], torch.tensor(0.04), rtol=1e-3, atol=0)
