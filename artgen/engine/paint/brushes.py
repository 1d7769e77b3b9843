"""What moves the pixels of a canvas: Adam with a running mean of its steps, or L-BFGS.

The mean of the last steps is what is kept: a step size that moves a picture quickly also makes it quiver, and the mean
does not (B. Polyak and A. Juditsky, "Acceleration of stochastic approximation by averaging", 1992).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from artgen.engine.config import PaintConfig
from artgen.generators.canvas import Canvas, enlarged

Look = Callable[[], Tensor]
"""Sets the gradient of the canvas and returns its loss, a scalar."""


class Brush(Protocol):
    """Moves the pixels of one canvas at one size."""

    canvas: Canvas

    def step(self, look: Look) -> None:
        """Take one step; may look more than once."""

    def result(self) -> Tensor:
        """The pixels worth keeping, (B, 3, H, W) in [-1, 1]."""

    def on(self, canvas: Canvas) -> Brush:
        """The brush for the next size, which remembers what it can of this one."""

    def tensors(self) -> dict[str, Tensor]:
        """All that a checkpoint must keep beside the pixels."""

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Go on from what `tensors` gave."""


def take_brush(canvas: Canvas, config: PaintConfig) -> Brush:
    """The brush that a job asks for."""
    return AdamBrush(canvas, config) if config.optimizer == "adam" else LBFGSBrush(canvas, config)


_EPS, _EPS_PLACES = 1e-8, 512 * 512
"""Adam's, and for how many places: losses are means, so gradients fall as places become more, and it must stay below."""


class AdamBrush:
    """Adam (D. Kingma and J. Ba, 2015), clamped to the valid range after each step.

    Args:
        canvas: what is painted on.
        config: rate, betas and the decay of the mean.
    """

    def __init__(self, canvas: Canvas, config: PaintConfig) -> None:
        self.canvas = canvas
        self.config = config
        places = canvas.pixels.shape[2] * canvas.pixels.shape[3]
        eps = _EPS * min(1.0, _EPS_PLACES / places)
        betas = (config.betas[0], config.betas[1])
        self._adam = torch.optim.Adam([canvas.pixels], lr=config.rate, betas=betas, eps=eps)
        self._mean = torch.zeros_like(canvas.pixels)
        self._steps = 0

    def step(self, look: Look) -> None:
        """Look once and move."""
        look()
        self._adam.step()
        self.canvas.clamp()
        self._steps += 1
        self._mean.lerp_(self.canvas.pixels.detach(), 1 - self.config.average)

    def result(self) -> Tensor:
        """The mean of the steps at this size, the early ones not counted for more than they are."""
        if not self._steps:
            return self.canvas.pixels.detach()
        return self._mean / (1 - self.config.average**self._steps)

    def on(self, canvas: Canvas) -> AdamBrush:
        """Adam for the next size, with its moments enlarged; the mean begins anew."""
        brush = AdamBrush(canvas, self.config)
        if old := self._adam.state.get(self.canvas.pixels):
            size = canvas.pixels.shape[2:]
            brush._adam.state[canvas.pixels] = {
                "step": old["step"].clone(),
                "exp_avg": enlarged(old["exp_avg"], *size),
                # bilinear never leaves the range of its inputs, so that no second moment falls below zero
                "exp_avg_sq": F.interpolate(old["exp_avg_sq"], size, mode="bilinear", align_corners=False),
            }
        return brush

    def tensors(self) -> dict[str, Tensor]:
        """Moments, mean and how many steps are in it."""
        return {**self._adam.state.get(self.canvas.pixels, {}), "mean": self._mean, "steps": torch.tensor(self._steps)}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """The same back."""
        self._steps = int(tensors["steps"])
        self._mean.copy_(tensors["mean"])
        device = self._mean.device
        moments = {key: tensors[key] for key in ("step", "exp_avg", "exp_avg_sq") if key in tensors}
        if moments:
            self._adam.state[self.canvas.pixels] = {
                key: value if key == "step" else value.to(device) for key, value in moments.items()
            }


class LBFGSBrush:
    """L-BFGS (D. Liu and J. Nocedal, 1989) with a strong-Wolfe line search: few, dear steps, one canvas at a time.

    The loss is counted in shares of what it begins with: torch stops by absolute numbers, which would leave a canvas as it
    is where all weights are small.

    Args:
        canvas: of one picture.
        config: how many steps it remembers.
    """

    def __init__(self, canvas: Canvas, config: PaintConfig) -> None:
        self.canvas = canvas
        self.config = config
        self._lbfgs = torch.optim.LBFGS(
            [canvas.pixels],
            max_iter=1,
            max_eval=4,
            tolerance_grad=0.0,
            history_size=config.history,
            line_search_fn="strong_wolfe",
        )
        self._begins_with: float | None = None

    def step(self, look: Look) -> None:
        """Look a few times along one direction and move."""

        def share() -> Tensor:
            loss = look()
            if self._begins_with is None:
                self._begins_with = abs(float(loss)) or 1.0  # where it is negative, down is down all the same
            pixels = self.canvas.pixels
            if pixels.grad is not None:
                pixels.grad.div_(self._begins_with)
            return loss / self._begins_with

        self._lbfgs.step(share)  # type: ignore[no-untyped-call]

    def result(self) -> Tensor:
        """The pixels as they are, in range."""
        return self.canvas.pixels.detach().clamp(-1, 1)

    def on(self, canvas: Canvas) -> LBFGSBrush:
        """A new one: curvature at one size says little about the next."""
        return LBFGSBrush(canvas, self.config)

    def tensors(self) -> dict[str, Tensor]:
        """The state of torch's optimiser with its lists flat; plain numbers are float64, which nothing else is."""
        flat: dict[str, Tensor] = {}
        if self._begins_with is not None:
            flat[_BEGINS_WITH] = torch.tensor(self._begins_with, dtype=torch.float64)
        for key, value in self._lbfgs.state[self.canvas.pixels].items():
            if isinstance(value, Tensor):
                flat[key] = value
            elif isinstance(value, list):
                flat |= {f"{key}/{index:03d}": item for index, item in enumerate(value) if key != _SCRATCH}
            else:
                flat[key] = torch.tensor(value, dtype=torch.float64)
        return flat

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """The same back."""
        state: dict[str, Any] = {key: [] for key in _REMEMBERED}  # nothing is kept of a list that is still empty
        for name, tensor in sorted(tensors.items()):
            if name == _BEGINS_WITH:
                self._begins_with = tensor.item()
                continue
            key, _, index = name.partition("/")
            if index:
                state[key].append(tensor.to(self.canvas.pixels.device))
            elif tensor.dtype == torch.float64:
                number = tensor.item()
                state[key] = int(number) if key in _COUNTS else number
            else:
                state[key] = tensor.to(self.canvas.pixels.device)
        self._lbfgs.state[self.canvas.pixels].update(state)


_COUNTS = ("func_evals", "n_iter")
_REMEMBERED = ("old_dirs", "old_stps", "ro")
"""Lists of torch's that a step adds to; from the second one on they must be there."""
_BEGINS_WITH = "begins_with"
_SCRATCH = "al"
"""What torch writes before it reads, in every step."""
