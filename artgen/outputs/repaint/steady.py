"""Repainted films that do not flicker: what was painted moves along with what is filmed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from artgen.outputs.repaint.optical_flow import Flow, consistent, warp

if TYPE_CHECKING:
    from artgen.latents.sampler import Picture

_AROUND_PX = 7
_ANOTHER_LOOK = 0.1
"""Difference of two places, of a range of 2, from which on they hardly show the same thing."""


class Steady:
    """Blends every painted frame with the one before, moved along the optical flow, where it shows the same thing.

    After M. Ruder, A. Dosovitskiy, T. Brox, "Artistic style transfer for videos" (2016), without their optimisation.
    What is remembered are the frames as they were written, so that a film can go on from its last one.

    Args:
        strength: share of the frame before, 0 to 1, where it can be trusted wholly.
        flow: finds how things move.
    """

    def __init__(self, strength: float, flow: Flow) -> None:
        self.strength = strength
        self._flow = flow
        self._before: tuple[Tensor, Tensor] | None = None

    def remember(self, filmed: Tensor, written: Tensor) -> None:
        """The last frame, (1, 3, H, W) in [-1, 1]: as it was filmed and as it was written."""
        self._before = (filmed, written)

    def blended(self, filmed: Tensor, painted: Tensor) -> Tensor:
        """The painted frame with as much of the one before as can be trusted.

        Shape:
            (1, 3, H, W) in [-1, 1] twice -> the same
        """
        if self._before is None or not self.strength:
            return painted
        filmed_before, written_before = self._before
        now_then, then_now = torch.cat((filmed, filmed_before)), torch.cat((filmed_before, filmed))
        back, forth = self._flow(now_then, then_now).chunk(2)
        trust = consistent(back, forth) * _alike(warp(filmed_before, back), filmed)
        moved = warp(written_before, back, mode="bicubic").clamp(-1, 1)
        return torch.lerp(painted, moved, self.strength * trust)


def _alike(moved: Tensor, filmed: Tensor) -> Tensor:
    """How far two pictures show the same around every place: 1 for wholly, (B, 1, H, W).

    Around it, because single pixels of two different scenes are alike by chance.
    """
    difference = (moved - filmed).abs().mean(1, keepdim=True)
    around = F.avg_pool2d(difference, _AROUND_PX, stride=1, padding=_AROUND_PX // 2, count_include_pad=False)
    return torch.exp(-((around / _ANOTHER_LOOK) ** 2))


def as_tensor(picture: Picture, device: torch.device) -> Tensor:
    """A frame for the network: (H, W, 3) bytes to (1, 3, H, W) in [-1, 1]."""
    return torch.tensor(picture, device=device).permute(2, 0, 1)[None].float().div(127.5).sub(1)
