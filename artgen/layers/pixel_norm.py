"""Pixel normalisation (T. Karras et al., "Progressive Growing of GANs", 2018, section 4.2)."""

from __future__ import annotations

from torch import Tensor, nn

from artgen.layers.full_precision import full_precision

_EPSILON = 1e-8


class PixelNorm(nn.Module):
    """Scale the features of each pixel to a mean square of 1, so that no layer can run away.

    Shape:
        (B, C, H, W) to the same
    """

    def forward(self, x: Tensor) -> Tensor:
        """Normalise over the channels."""
        # squares in full precision: half precision has too few digits to sum them
        scale = (full_precision(x).square().mean(dim=1, keepdim=True) + _EPSILON).rsqrt()
        return x * scale.to(x.dtype)
