"""Modulated convolutions (T. Karras et al., "Analyzing and Improving the Image Quality of StyleGAN", 2020, section 2).

A style scales the input channels of the weights, sample by sample; demodulation divides each output channel by the
norm of its scaled weights, so that the expected variance stays 1.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from artgen.layers.equalized import EqualizedLinear
from artgen.layers.filtered import Blur

SLOPE = 0.2
GAIN = math.sqrt(2)
"""Makes up for the half that a leaky ReLU takes off the second moment."""

_EPSILON = 1e-8


class ModulatedConv2d(nn.Module):
    """Latent → style; 3×3 convolution with demodulation, noise, bias, leaky ReLU times √2.

    One convolution is shared by all samples: its input is scaled by the style, its output by the demodulation factor.
    That is the same as weights of each sample's own, and was seen to train up to 15 times as fast.

    Styles and factors are computed in float32 also under autocast. Nothing else is needed for bfloat16, which has the
    range of float32.

    Args:
        inputs: channels in.
        outputs: channels out.
        latent: size of w.
        doubled: the grid (height, width) to double to, by a transposed convolution and a blur; None to stay.
        gain: what the variance needs beyond demodulation, which knows nothing of borders and blurs.

    Shape:
        (B, inputs, H, W), (B, latent) and perhaps noise (B, 1, H', W') to (B, outputs, H', W')
    """

    def __init__(
        self, inputs: int, outputs: int, latent: int, *, doubled: tuple[int, int] | None = None, gain: float = 1.0
    ) -> None:
        super().__init__()
        self.affine = EqualizedLinear(latent, inputs, bias=1.0)
        self.weight = nn.Parameter(torch.randn(*((inputs, outputs) if doubled else (outputs, inputs)), 3, 3))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.noise_strength = nn.Parameter(torch.zeros(()))
        self.doubled = doubled
        self.blur = Blur(padding=1) if doubled else None
        self.scale = (inputs * 9) ** -0.5
        self.gain = gain * (4 if doubled else 1)  # three of four pixels are zeros when it doubles

    def forward(self, x: Tensor, w: Tensor, noise: Tensor | None = None) -> Tensor:
        """Convolve (B, inputs, H, W) as w says."""
        style, factor = self._style_and_factor(w)
        y = self._convolved(x * style.to(x.dtype)[:, :, None, None])
        # √2 on these small ones: the leaky ReLU passes it on
        y = (y * (factor * GAIN).to(y.dtype)[:, :, None, None]).add_((self.bias * GAIN).to(y.dtype)[:, None, None])
        if noise is not None:
            y = y.add_((noise * (self.noise_strength * GAIN)).to(y.dtype))
        return F.leaky_relu(y, SLOPE, inplace=True)

    def _style_and_factor(self, w: Tensor) -> tuple[Tensor, Tensor]:
        """(B, inputs) and (B, outputs)."""
        with torch.autocast(w.device.type, enabled=False):
            style = self.affine(w) * self.scale
            squares = self.weight.square().sum((2, 3))
            norms = style.square() @ (squares if self.doubled else squares.t())
            return style, self.gain * (norms + _EPSILON).rsqrt()

    def _convolved(self, x: Tensor) -> Tensor:
        if self.doubled is None or self.blur is None:
            return F.conv2d(x, self.weight, padding=1)
        height, width = self.doubled
        doubled: Tensor = self.blur(F.conv_transpose2d(x, self.weight, stride=2))
        return doubled[:, :, :height, :width]


class ModulatedToPicture(nn.Module):
    """Features → colours: a modulated 1×1 convolution without demodulation.

    With so few outputs, weights of each sample's own are the faster way.

    Args:
        inputs: channels in.
        channels: of the picture.
        latent: size of w.
        gain: what the colours are multiplied by.

    Shape:
        (B, inputs, H, W) and (B, latent) to (B, channels, H, W), float32
    """

    def __init__(self, inputs: int, channels: int, latent: int, *, gain: float) -> None:
        super().__init__()
        self.affine = EqualizedLinear(latent, inputs, bias=1.0)
        self.weight = nn.Parameter(torch.randn(channels, inputs))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.scale = gain * inputs**-0.5

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """Colour (B, inputs, H, W) as w says."""
        with torch.autocast(w.device.type, enabled=False):
            weights = self.weight * (self.affine(w) * self.scale)[:, None]
        pixels = x.permute(0, 2, 3, 1).flatten(1, 2) @ weights.to(x.dtype).transpose(1, 2)
        picture: Tensor = pixels.unflatten(1, x.shape[2:]).permute(0, 3, 1, 2)
        return picture.to(self.bias.dtype) + self.bias[:, None, None]
