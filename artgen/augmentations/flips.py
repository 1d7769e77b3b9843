"""Mirror images and quarter turns, without a loss of any pixel."""

from __future__ import annotations

import torch
from torch import Tensor

from artgen.augmentations.config import FlipsConfig
from artgen.seeding import Draws

_NUMBERS = 4


class Flips:
    """Each picture is turned, then its sides are exchanged, each with a probability of its own.

    Args:
        config: options.
    """

    def __init__(self, config: FlipsConfig) -> None:
        self.config = config

    def __call__(self, pictures: Tensor, draws: Draws, strength: float | Tensor = 1.0) -> Tensor:
        """Flip and turn pictures.

        Args:
            pictures: (B, C, H, W).
            draws: one sample per picture.
            strength: what the probabilities are multiplied by.

        Returns:
            (B, C, H, W), the same pixels.
        """
        config = self.config
        # always as many, so that turning one part off changes nothing in the others
        chance = draws.uniform(_NUMBERS)
        across = chance[:, 0] < config.horizontal * strength
        down = chance[:, 1] < config.vertical * strength
        if config.quarter_turns:
            turned = chance[:, 2] < config.quarter_turns * strength
            square = pictures.shape[2] == pictures.shape[3]
            quarters = torch.floor(chance[:, 3] * 3) + 1 if square else torch.full_like(chance[:, 3], 2)
            # a quarter turn is a transposition and an exchange of top and bottom, three the same with left and right
            across = across ^ (turned & (quarters >= 2))
            down = down ^ (turned & (quarters <= 2))
            if square:
                pictures = _where(turned & (quarters != 2), pictures.transpose(2, 3), pictures)
        if config.horizontal or config.quarter_turns:
            pictures = _where(across, pictures.flip(3), pictures)
        if config.vertical or config.quarter_turns:
            pictures = _where(down, pictures.flip(2), pictures)
        return pictures


def _where(chosen: Tensor, changed: Tensor, pictures: Tensor) -> Tensor:
    return torch.where(chosen[:, None, None, None], changed, pictures)
