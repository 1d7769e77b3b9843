"""Pictures as the job's backbone sees them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from typing import Any, Literal

from torch import Tensor, nn

from artgen.backbones.vgg import over_white
from artgen.errors import ArtgenError
from artgen.layers.full_precision import full_precision
from artgen.sight.views import PICTURE


class Sight:
    """A frozen backbone with the precision that it looks in, and the picture itself as one more layer.

    Args:
        backbone: None where no loss looks through one.
        autocast: what it looks under.
        recompute: keep less for the way back and compute it again, block by block.
    """

    def __init__(self, backbone: nn.Module | None, autocast: Callable[[], Any], *, recompute: bool = False) -> None:
        self.backbone = backbone
        self.autocast = autocast
        self.recompute = recompute

    @property
    def can_recompute(self) -> bool:
        """Whether the backbone knows how to keep less."""
        return self.backbone is not None and "recompute" in inspect.signature(self.backbone.forward).parameters

    @property
    def can_tile(self) -> bool:
        """Whether it is known how far each place of a map sees."""
        return self.backbone is None or (hasattr(self.backbone, "strides") and hasattr(self.backbone, "reach"))

    def features(self, pictures: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """Feature maps, from one pass for all layers.

        Args:
            pictures: (B, C, H, W) in [-1, 1]; RGBA premultiplied.
            layers: of the backbone, or `PICTURE`.

        Returns:
            (B, channels, h, w) by layer, float32.

        Raises:
            ArtgenError: there is no such layer.
        """
        features = {PICTURE: over_white(pictures)} if PICTURE in layers else {}
        through = [layer for layer in layers if layer != PICTURE]
        if through:
            if self.backbone is None:
                raise ArtgenError(f"there is no backbone to see the layer {through[0]!r} with")
            options = {"recompute": True} if self.recompute else {}
            with self.autocast():
                features |= self.backbone(pictures, through, **options)
        return {layer: full_precision(found) for layer, found in features.items()}

    def map_size(self, layer: str, height: int, width: int) -> tuple[int, int]:
        """Height and width of a layer's map of a picture."""
        stride = self.stride([layer])
        return height // stride, width // stride

    def stride(self, layers: Collection[str]) -> int:
        """Pixels from one place to the next in the coarsest of these layers.

        Raises:
            ArtgenError: the backbone does not say so.
        """
        return max((self._told("strides", layer, 1) for layer in layers), default=1)

    def halo(self, layers: Collection[str]) -> int:
        """Pixels around a region that its features in these layers depend on, as a multiple of the stride.

        Raises:
            ArtgenError: the backbone does not say so.
        """
        stride = self.stride(layers)
        return -(-max((self._told("reach", layer, 0) for layer in layers), default=0) // stride) * stride

    def _told(self, what: Literal["strides", "reach"], layer: str, of_picture: int) -> int:
        if layer == PICTURE:
            return of_picture
        told: dict[str, int] | None = getattr(self.backbone, what, None)
        if told is None or layer not in told:
            raise ArtgenError(
                f"{type(self.backbone).__name__} does not say the {what} of {layer!r}, which tiles and masks need",
                hint="paint whole pictures without masks ([paint] tile = 0), or look through another backbone",
            )
        return told[layer]
