"""Instance noise (C. Sønderby et al., "Amortised MAP inference for image super-resolution", 2017, section 3)."""

from __future__ import annotations

import torch
from torch import Tensor

from artgen.augmentations.config import InstanceNoiseConfig
from artgen.engine.noise import training_noise
from artgen.seeding import Draws


class InstanceNoise:
    """Gaussian noise in every channel, alpha too, that fades out as the training goes on.

    Real and painted pictures overlap under it, so that the discriminator's word means something from the first step on.

    Args:
        config: options.
    """

    def __init__(self, config: InstanceNoiseConfig) -> None:
        self.config = config

    def __call__(self, pictures: Tensor, draws: Draws, strength: float | Tensor = 1.0) -> Tensor:
        """Add noise to pictures.

        Args:
            pictures: (B, C, H, W) in [-1, 1].
            draws: one sample per picture; its index says how far the noise has faded.
            strength: what the standard deviation is multiplied by.

        Returns:
            (B, C, H, W), somewhat beyond [-1, 1].
        """
        until = self.config.until_kimg * 1000
        if until and draws.first >= until:
            return pictures
        noise = training_noise(draws, pictures[0].numel()).to(pictures.dtype).view_as(pictures)
        sigma = torch.full((draws.count,), self.config.sigma, device=pictures.device)
        if until:
            indices = torch.arange(draws.first, draws.first + draws.count, device=pictures.device)
            sigma = sigma * (1 - indices / until).clamp_min(0)
        return pictures + noise * (sigma * strength).to(pictures.dtype)[:, None, None, None]
