"""Pictures that are their own mirror image."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from artgen.losses.config import SymmetryConfig

if TYPE_CHECKING:
    from artgen.engine.step import Step

_MIRRORED: dict[str, tuple[tuple[int, ...], ...]] = {
    "vertical": ((3,),),
    "horizontal": ((2,),),
    "both": ((3,), (2,)),
    "point": ((2, 3),),
}
"""By axis, the dimensions that each mirror image has turned around."""


class Symmetry:
    """The mean squared difference of pictures from their mirror image, or images.

    Args:
        config: options.
    """

    needs: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, config: SymmetryConfig) -> None:
        self.mirrored = _MIRRORED[config.axis]

    def for_generator(self, step: Step) -> Tensor:
        """How far the painted pictures are from their mirror images, (B,)."""
        picture = step.fake.picture
        gaps = [(picture - picture.flip(dims)).square().mean(dim=(1, 2, 3)) for dims in self.mirrored]
        return torch.stack(gaps).mean(dim=0)

    def for_discriminator(self, step: Step) -> None:
        """Nothing."""
