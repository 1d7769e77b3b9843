"""The generator that is no network: pictures whose pixels are the parameters."""

from __future__ import annotations

from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from artgen.contracts import Painted
from artgen.data.alpha import over_white
from artgen.seeding import Draws

_NOISE_SPREAD = 0.25
"""Standard deviation of a canvas of noise: about that of a photograph, so that no step is spent on clearing it."""


class Canvas(nn.Module):
    """Pictures of one size that are painted side by side and never see each other.

    Args:
        pixels: (B, 3, H, W) in [-1, 1], what they begin as.
        content: (B, 3, H, W), what stays where `keep` says so.
        keep: (B, 1, H, W) in 0…1, 1 where the content shows through unchanged; None where nothing is kept.
        alpha: (B, 1, H, W) in 0…1; None where everything is opaque.
    """

    input: ClassVar[str] = "canvas"

    def __init__(
        self,
        pixels: Tensor,
        *,
        content: Tensor | None = None,
        keep: Tensor | None = None,
        alpha: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.pixels = nn.Parameter(pixels.clone(memory_format=torch.contiguous_format))
        self.content = content
        self.keep = keep
        self.alpha = alpha

    def forward(self) -> Painted:
        """The pictures as they are seen, over white, without history: (B, 3, H, W) in [-1, 1]."""
        return Painted(over_white(self.finished(self.pixels.detach()), self.alpha))

    def finished(self, pixels: Tensor) -> Tensor:
        """Pixels with what is kept of the content laid over them."""
        if self.keep is None or self.content is None:
            return pixels
        return torch.lerp(pixels, self.content, self.keep)

    @torch.no_grad()
    def take(self, gradient: Tensor) -> None:
        """Set the gradient of the pixels, given that of the pictures as they are seen."""
        for share in (self.alpha, None if self.keep is None else 1 - self.keep):
            gradient = gradient if share is None else gradient * share
        self.pixels.grad = gradient

    @torch.no_grad()
    def clamp(self) -> None:
        """Bring every pixel into the range of pictures."""
        self.pixels.clamp_(-1, 1)


def noise(seed: int, height: int, width: int) -> Tensor:
    """A canvas of noise that is a function of the seed.

    Shape:
        (1, 3, height, width) in [-1, 1]
    """
    normal = Draws(seed, "canvas").normal(3 * height * width).view(1, 3, height, width)
    return (normal * _NOISE_SPREAD).clamp(-1, 1)


def enlarged(pixels: Tensor, height: int, width: int) -> Tensor:
    """Pixels at the next size, bicubic; (B, C, H, W)."""
    return F.interpolate(pixels, (height, width), mode="bicubic", align_corners=False)
