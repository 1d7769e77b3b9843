"""Adaptive discriminator augmentation (T. Karras et al., "Training generative adversarial networks with limited data").

The fewer the pictures, the sooner the discriminator knows them by heart. It shows in how sure it is of them: so the
augmentations happen more often while it is surer than wanted, and more seldom while it is less sure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from artgen.augmentations.config import AdaptiveConfig
from artgen.augmentations.recolor import recolor
from artgen.augmentations.warp import warp
from artgen.seeding import Draws


class Adaptive:
    """Moves and recolours pictures by a strength of its own: the probability of each kind of change.

    Karras et al. let it rise to 1 in 500,000 pictures, and in 100,000 when they went on from a trained network; trainings
    on a small folder are of the second length, so that is the default here. Nothing waits for the device.

    Args:
        config: options.

    Attributes:
        strength: 0 to `limit`, a number on the device.
        sign: the mean sign of the logits of real pictures when it was last adjusted.
    """

    def __init__(self, config: AdaptiveConfig) -> None:
        self.config = config
        self.strength = torch.tensor(config.start)
        self.sign = torch.zeros(())
        self._sum = torch.zeros(())
        self._steps = 0
        self._images = 0

    def __call__(self, pictures: Tensor, draws: Draws, strength: float | Tensor = 1.0) -> Tensor:
        """Augment pictures.

        Args:
            pictures: (B, C, H, W) in [-1, 1], RGBA premultiplied.
            draws: one sample per picture.
            strength: what its own strength is multiplied by.

        Returns:
            (B, C, H, W), somewhat beyond [-1, 1] where colours were changed.
        """
        config = self.config
        # at least single precision: in half, places in a picture are not exact to the pixel
        pictures = pictures.to(torch.promote_types(pictures.dtype, torch.float32)).contiguous()
        self._follow(pictures.device)
        probability = self.strength * strength
        if pictures.device.type == "cpu" and not probability:  # to look would wait for another device
            return pictures
        if config.flips or config.turns or config.geometry:
            pictures = warp(
                pictures,
                draws.child("warp"),
                probability,
                flips=config.flips,
                turns=config.turns,
                geometry=config.geometry,
            )
        return recolor(pictures, draws.child("recolor"), probability) if config.color else pictures

    @torch.no_grad()
    def observe(self, real_logits: Sequence[Tensor], images: int) -> None:
        """Take in a step, and adjust the strength where its interval is over.

        Args:
            real_logits: of all the step's real pictures, a head each.
            images: how many these were.
        """
        sign = torch.stack([logits.float().sign().mean() for logits in real_logits]).mean()
        self._follow(sign.device)
        self._sum += sign
        self._steps += 1
        self._images += images
        if self._steps < self.config.interval:
            return
        self.sign.copy_(self._sum / self._steps)
        change = (self.sign - self.config.target).sign() * (self._images / (self.config.ramp_kimg * 1000))
        self.strength.add_(change).clamp_(0, self.config.limit)
        self._sum.zero_()
        self._steps = self._images = 0

    @torch.no_grad()
    def raise_by(self, amount: float) -> None:
        """Make it stronger at once, up to the limit: what the guard does against a collapse."""
        self.strength.add_(amount).clamp_(0, self.config.limit)

    def report(self) -> dict[str, Tensor]:
        """What the metrics show."""
        return {"strength": self.strength.clone(), "sign": self.sign.clone()}

    def state_dict(self) -> dict[str, Tensor | int]:
        """Where it stands, in the middle of an interval too."""
        return {**self.report(), "sum": self._sum.clone(), "steps": self._steps, "images": self._images}

    def load_state_dict(self, state: Mapping[str, Tensor | int]) -> None:
        """Go on from where it stood."""
        self.strength, self.sign, self._sum = (
            torch.as_tensor(state[key]).clone() for key in ("strength", "sign", "sum")
        )
        self._steps, self._images = int(state["steps"]), int(state["images"])

    def _follow(self, device: torch.device) -> None:
        self.strength, self.sign, self._sum = (value.to(device) for value in (self.strength, self.sign, self._sum))
