"""Skip-layer excitation (B. Liu et al., "Towards faster and stabilized GAN training", 2021, section 3.1)."""

from __future__ import annotations

from torch import Tensor, nn

from artgen.layers.spectral_norm import spectrally_normalised

_POOLED_PX = 4
_SLOPE = 0.1


class SkipExcitation(nn.Module):
    """Weight the channels of one feature map by what another, far from it in the network, shows as a whole.

    It lets gradients jump over the layers between, as a residual would, between any two sizes and widths and for
    almost no work.

    Args:
        gating: channels of the map that decides.
        gated: channels of the map that is weighted.

    Shape:
        (B, gating, h, w) and (B, gated, H, W) to (B, gated, H, W)
    """

    def __init__(self, gating: int, gated: int) -> None:
        super().__init__()
        self.weights = nn.Sequential(
            nn.AdaptiveAvgPool2d(_POOLED_PX),
            spectrally_normalised(nn.Conv2d(gating, gated, _POOLED_PX)),
            nn.LeakyReLU(_SLOPE, inplace=True),
            spectrally_normalised(nn.Conv2d(gated, gated, 1)),
            nn.Sigmoid(),
        )

    def forward(self, gating: Tensor, gated: Tensor) -> Tensor:
        """Weight each channel by a number in 0…1."""
        weighted: Tensor = gated * self.weights(gating)
        return weighted
