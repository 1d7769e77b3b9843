"""A convolution, batch norm and a gated linear unit: what FastGAN paints with."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from artgen.layers.spectral_norm import spectrally_normalised


class Gated(nn.Module):
    """A layer under spectral norm, noise where there is some, batch norm, and half the channels gating the others.

    Source: B. Liu et al., "Towards faster and stabilized GAN training for high-fidelity few-shot image synthesis",
    2021; the gate is the GLU of Y. Dauphin et al., 2017.

    Args:
        layer: puts out twice `channels`; needs no bias.
        channels: out.
        size: height and width out; what the layer makes beyond it is cut off.
        noisy: whether noise is added, times a learned number that starts at 0.

    Shape:
        whatever the layer takes, and noise (B, 1, height, width), to (B, channels, height, width)
    """

    def __init__(self, layer: nn.Module, channels: int, size: tuple[int, int], *, noisy: bool = False) -> None:
        super().__init__()
        self.layer = spectrally_normalised(layer)
        self.norm = nn.BatchNorm2d(2 * channels)
        self.size = size
        self.noise_strength = nn.Parameter(torch.zeros(1)) if noisy else None

    def forward(self, x: Tensor, noise: Tensor | None = None) -> Tensor:
        """Convolve, add noise if given, normalise and gate."""
        x = self.layer(x)[:, :, : self.size[0], : self.size[1]]
        if self.noise_strength is not None and noise is not None:
            x = x + (self.noise_strength * noise).to(x.dtype)
        # not F.glu, whose slope is never in channels_last, which batch norm would take several times as long for
        signal, gate = self.norm(x).chunk(2, dim=1)
        gated: Tensor = signal * gate.sigmoid()
        return gated
