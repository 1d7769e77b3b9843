"""Pictures with straight alpha: their colours, and what is seen of them. Imports no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

_WHITE = 1.0


def colours_and_alpha(pictures: Tensor) -> tuple[Tensor, Tensor | None]:
    """The two halves of pictures that may be transparent; no alpha where they have none.

    Shape:
        (B, 3 or 4, H, W) in [-1, 1] to (B, 3, H, W) in [-1, 1] and (B, 1, H, W) in 0…1
    """
    return pictures[:, :3], pictures[:, 3:] * 0.5 + 0.5 if pictures.shape[1] == 4 else None


def over_white(colours: Tensor, alpha: Tensor | None) -> Tensor:
    """Colours as they are seen over white; unchanged where nothing is transparent.

    Shape:
        (B, 3, H, W) in [-1, 1] and (B, 1, H, W) in 0…1 to (B, 3, H, W) in [-1, 1]
    """
    return colours if alpha is None else _WHITE + (colours - _WHITE) * alpha
