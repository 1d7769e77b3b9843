"""What a loss is handed: everything it may ask for, computed on demand, once, and shared by all losses."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cached_property
from typing import Any, Literal

import torch
from torch import Tensor, nn

from artgen.contracts import Judged, Painted
from artgen.seeding import Draws

Phase = Literal["discriminator", "generator"]
Augment = Callable[[Tensor, Draws], Tensor]

REAL_GRADIENT = "real-gradient"
"""A loss that differentiates by the real pictures says so in `needs`; the augmented pictures are then a leaf."""


class Step:
    """One phase of one optimisation step.

    In the discriminator's phase the painted pictures carry no history; in the generator's the discriminator's own
    parameters are frozen.

    Attributes:
        phase: whose update this is.
        images_seen: real pictures shown before this step, which schedules may depend on.
        draws: random numbers of this phase's samples, by purpose.
    """

    def __init__(
        self,
        phase: Phase,
        *,
        paint: Callable[[], Painted],
        real: Callable[[], Tensor],
        discriminator: nn.Module,
        augment: Augment,
        draws: Draws,
        images_seen: int,
        needs: Collection[str] = (),
        autocast: Callable[[], Any],
    ) -> None:
        self.phase = phase
        self.images_seen = images_seen
        self.draws = draws
        self.discriminator = discriminator
        self._paint = paint
        self._real = real
        self._augment = augment
        self._autocast = autocast
        self._real_is_leaf = REAL_GRADIENT in needs
        self._wanted = frozenset(need for need in needs if need.startswith(("features", "decoded")))

    @cached_property
    def real(self) -> Tensor:
        """Real pictures as they are, (B, C, H, W) in [-1, 1]."""
        return self._real()

    @cached_property
    def fake(self) -> Painted:
        """Painted pictures, (B, C, H, W) in [-1, 1]."""
        painted = self._paint()
        return painted.detach() if self.phase == "discriminator" else painted

    @cached_property
    def augmented_real(self) -> Tensor:
        """Real pictures as the discriminator sees them; a leaf with a gradient where a loss differentiates by it."""
        with torch.no_grad():
            pictures = self._augment(self.real, self.draws.child("augment-real"))
        return pictures.requires_grad_() if self._real_is_leaf else pictures

    @cached_property
    def augmented_fake(self) -> Painted:
        """Painted pictures as the discriminator sees them, through the same augmentation as the real ones."""
        pictures = self._augment(self.fake.picture, self.draws.child("augment-fake"))
        return Painted(pictures, self.fake.scales)

    @cached_property
    def judged_real(self) -> Judged:
        """The discriminator's word on the real pictures, float32."""
        return self._judge(Painted(self.augmented_real))

    @cached_property
    def judged_fake(self) -> Judged:
        """The discriminator's word on the painted pictures, float32; a pass of its own."""
        return self._judge(self.augmented_fake)

    def _judge(self, painted: Painted) -> Judged:
        with self._autocast():
            judged: Judged = self.discriminator(painted, want=self._wanted)
        judged.logits = [logits.float() for logits in judged.logits]
        return judged
