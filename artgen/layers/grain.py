"""Noise that belongs to places of a picture: what strokes on a smooth sky begin from."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from artgen.layers.full_precision import full_precision

_SIDE = 512
_SEED = 0


class Grain(nn.Module):
    """Standard normal noise, the same for all pictures, at whichever size; it repeats after 512 places.

    A convolution makes of equal surroundings equal colours, so a network without noise can paint no texture where a
    picture has none (D. Ulyanov et al., "Texture networks", 2016, feed theirs with noise for that reason). In training
    the field is shifted for each picture, or the network would learn where its peaks are; the shift follows from the
    picture, so that training can be repeated. Painting has it at rest, so that the frames of a film share it.
    """

    field: Tensor

    def __init__(self) -> None:
        super().__init__()
        field = torch.randn(_SIDE, _SIDE, generator=torch.Generator().manual_seed(_SEED))
        self.register_buffer("field", field, persistent=False)

    def forward(self, pictures: Tensor) -> Tensor:
        """Noise for pictures of any size; its upper left part is that of a smaller one.

        Shape:
            (B, C, H, W) to (B, 1, H, W), float32
        """
        rows, columns = (torch.arange(side, device=pictures.device)[None] for side in pictures.shape[2:])
        if self.training:
            shifts = _shifts(pictures)
            rows, columns = rows + shifts, columns + shifts // _SIDE
        noise = self.field[rows[:, :, None] % _SIDE, columns[:, None, :] % _SIDE]
        return noise[:, None].expand(pictures.shape[0], -1, -1, -1)


def _shifts(pictures: Tensor) -> Tensor:
    """A whole number for each picture, (B, 1): the same alone and in a batch, so it is counted in whole levels."""
    return full_precision(pictures).mul(255).long().square().sum(dim=(1, 2, 3))[:, None]
