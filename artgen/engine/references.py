"""What training compares painted pictures with, through the job's backbone: styles, and the pictures repainted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from artgen.data.artwork import read_artwork
from artgen.job.styles import styles_of
from artgen.losses.config import StyleConfig
from artgen.sight.sight import Sight
from artgen.sight.styles import joined, prepared_style, style_picture
from artgen.sight.views import Sums

if TYPE_CHECKING:
    from artgen.job.model import Job, Part


class References:
    """The backbone of a training and the styles of its job, each encoded once per size of the painted pictures.

    Args:
        job: with its styles; a generator of latents has one, a network that repaints learns as many as there are.
        losses: of the job, in its order.
        sight: the job's backbone.

    Attributes:
        layers: all that some loss looks at.
        content_layers: those in which the pictures that are repainted are looked at too.
    """

    def __init__(self, job: Job, losses: Sequence[Any], sight: Sight) -> None:
        self.sight = sight
        self._styles = styles_of(job.losses)
        looking = [(part, loss) for part, loss in zip(job.losses, losses, strict=True) if hasattr(loss, "sums")]
        self._of_styles = {id(loss): part for part, loss in looking if isinstance(part.config, StyleConfig)}
        self.layers = sorted({layer for _, loss in looking for layer in loss.layers})
        self.content_layers = sorted({layer for _, loss in looking if "content" in loss.needs for layer in loss.layers})
        self._encoded: dict[tuple[str, int], Sums] = {}

    @torch.no_grad()
    def style_of(self, loss: Any, pictures: Tensor, label: Tensor | None) -> Sums | None:
        """What a loss prepared of the style of each picture, (B, …); None for a loss that knows of no styles.

        Args:
            pictures: (B, C, H, W), as they are painted.
            label: the style of each, (B,); where there is only one, anything.
        """
        part = self._of_styles.get(id(loss))
        if part is None:
            return None
        key = part.name, max(pictures.shape[2:])
        if key not in self._encoded:
            self._encoded[key] = self._encode(part, loss, key[1], pictures.device)
        if label is None or len(self._styles) == 1:
            label = torch.zeros(len(pictures), dtype=torch.int64, device=pictures.device)
        return {name: told[label] for name, told in self._encoded[key].items()}

    def _encode(self, part: Part, loss: Any, long_side: int, device: torch.device) -> Sums:
        """All styles as one loss sees them, (styles, …)."""
        prepared: dict[tuple[Any, ...], Sums] = {}
        files = [tuple(style.files[part.name]) for style in self._styles]
        for mixed in dict.fromkeys(files):  # a style that is the same for all is encoded once
            pictures = [style_picture(read_artwork(file), long_side, part.config.scale).to(device) for file in mixed]
            prepared[mixed] = prepared_style(pictures, part.config.weights, loss, self.sight)
        return joined([prepared[mixed] for mixed in files])
