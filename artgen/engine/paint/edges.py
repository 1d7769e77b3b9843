"""What a backbone is shown beyond the edges of a canvas, so that all of the canvas is looked at alike.

A place of a deep feature map stands for many pixels, and pixels that fill no whole place would have none: nothing but the
finest layers would look at the last rows and columns, which turn out flat and garish. So there a mirror image goes on to
the end of the place. Where edges meet, the far edge stands beside the near one instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

BORDER_PX = 32
"""As much of the far edge is seen beside the near one; layers that see further than this see the far edge thinned out."""


@dataclass(frozen=True)
class Edges:
    """The edges of the canvases of a job.

    Attributes:
        meet: whether what leaves a canvas at one edge comes in at the other.
        place_px: side of a place of the deepest layer that is looked through.
    """

    meet: bool = False
    place_px: int = 1

    def size(self, height: int, width: int) -> tuple[int, int]:
        """Height and width of what is shown of a canvas."""
        left, right, top, bottom = self._beyond(height, width)
        return top + height + bottom, left + width + right

    def surrounded(self, pictures: Tensor) -> Tensor:
        """Pictures with what is shown beyond their edges.

        Shape:
            (B, C, H, W) to (B, C, more, more); where edges meet, H and W are at least `BORDER_PX`
        """
        beyond = self._beyond(*pictures.shape[2:])
        if not any(beyond):
            return pictures
        return F.pad(pictures, beyond, mode="circular" if self.meet else "reflect")

    def folded(self, slopes: Tensor, size: Sequence[int]) -> Tensor:
        """The gradient of pictures, given that of what `surrounded` made of them.

        Args:
            size: height and width of the pictures.

        Shape:
            (B, C, more, more) to (B, C, H, W)
        """
        left, right, top, bottom = self._beyond(*size)
        for dim, before, after in ((2, top, bottom), (3, left, right)):
            slopes = self._folded(slopes, dim, before, after) if before or after else slopes
        return slopes

    def counted(self, where: Tensor) -> Tensor:
        """How much each pixel of what is shown counts, given that of the pictures: where edges meet, the far one counts there.

        Shape:
            (B, 1, H, W) to (B, 1, more, more)
        """
        return F.pad(where, self._beyond(*where.shape[2:])) if self.meet else self.surrounded(where)

    def _folded(self, slopes: Tensor, dim: int, before: int, after: int) -> Tensor:
        inside = slopes.shape[dim] - before - after
        first, middle, last = torch.split(slopes, [before, inside, after], dim)
        folded = middle.clone()
        if self.meet:
            folded.narrow(dim, inside - before, before).add_(first)
            folded.narrow(dim, 0, after).add_(last)
        else:  # a mirror image has all but the last pixel
            folded.narrow(dim, inside - 1 - after, after).add_(last.flip(dim))
        return folded

    def _beyond(self, height: int, width: int) -> tuple[int, int, int, int]:
        """Pixels that are shown on the left, the right, above and below."""
        if self.meet:
            return (BORDER_PX,) * 4
        if min(height, width) < self.place_px:  # too small to be looked at, as the backbone will say
            return (0,) * 4
        return 0, -width % self.place_px, 0, -height % self.place_px
