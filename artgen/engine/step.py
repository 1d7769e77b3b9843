"""What a loss is handed: everything it may ask for, computed on demand, once, and shared by all losses."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from artgen.contracts import Judged, Painted
from artgen.layers.full_precision import full_precision
from artgen.seeding import Draws
from artgen.sight.views import View, value_of

if TYPE_CHECKING:
    from artgen.engine.references import References

Phase = Literal["discriminator", "generator"]
Augment = Callable[[Tensor, Draws], Tensor]
Fresh = Callable[[str, float], tuple[Tensor, Painted, Draws, float]]

REAL_GRADIENT = "real-gradient"
"""A loss that differentiates by the real pictures says so in `needs`; the augmented pictures are then leaves."""
FAKE_GRADIENT = "fake-gradient"
"""The same for the painted ones, in the discriminator's phase."""
FRESH = "fresh"
"""A loss that paints latents of its own says so; it may then call `Step.fresh`."""


class Step:
    """One phase of one optimisation step, or of one micro-batch of it.

    In the discriminator's phase the painted pictures carry no history; in the generator's the discriminator's own
    parameters are frozen.

    Attributes:
        phase: whose update this is.
        images_seen: real pictures shown before this step, which schedules may depend on.
        draws: random numbers of this phase's samples, by purpose.
        real_label: classes of the real pictures, (B,) int64; None where pictures have none. Likewise `fake_label`, which
            is the style of each picture that is repainted.
    """

    def __init__(
        self,
        phase: Phase,
        *,
        paint: Callable[[], Painted],
        real: Callable[[], Tensor],
        discriminator: nn.Module | None,
        augment: Augment,
        draws: Draws,
        images_seen: int,
        autocast: Callable[[], Any],
        needs: Collection[str] = (),
        scale_shapes: Collection[tuple[int, int]] = (),
        real_label: Tensor | None = None,
        fake_label: Tensor | None = None,
        fresh: Fresh | None = None,
        references: References | None = None,
        mean: Callable[[Tensor], Tensor] | None = None,
    ) -> None:
        self.phase = phase
        self.images_seen = images_seen
        self.draws = draws
        self.discriminator: Any = discriminator
        self.real_label = real_label
        self.fake_label = fake_label
        self._paint = paint
        self._real = real
        self._augment = augment
        self._autocast = autocast
        self._scale_shapes = tuple(scale_shapes)
        self._fresh = fresh
        self._references = references
        self._mean = mean
        self._leaves = frozenset(needs) if phase == "discriminator" else frozenset()
        self._features_wanted = frozenset({"features"} & frozenset(needs))
        self._decoded_wanted = frozenset({"decoded"} & frozenset(needs) if phase == "discriminator" else ())

    @cached_property
    def real(self) -> Tensor:
        """Real pictures as they are, (B, C, H, W) in [-1, 1]."""
        return self._real()

    @cached_property
    def fake(self) -> Painted:
        """Painted pictures, (B, C, H, W) in [-1, 1], with smaller versions where the generator paints several."""
        painted = self._paint()
        return painted.detach() if self.phase == "discriminator" else painted

    @cached_property
    def augmented_real(self) -> Painted:
        """Real pictures as the discriminator sees them, with as many smaller versions as painted ones have.

        Leaves with a gradient in the discriminator's phase where a loss differentiates by them.
        """
        with torch.no_grad():
            scales = tuple(F.interpolate(self.real, size, mode="area") for size in self._scale_shapes)
            painted = self._augmented(Painted(self.real, scales), "augment-real")
        return _leaves(painted) if REAL_GRADIENT in self._leaves else painted

    @cached_property
    def augmented_fake(self) -> Painted:
        """Painted pictures as the discriminator sees them, through the same augmentation as the real ones."""
        painted = self._augmented(self.fake, "augment-fake")
        return _leaves(painted) if FAKE_GRADIENT in self._leaves else painted

    @cached_property
    def judged_real(self) -> Judged:
        """The discriminator's word on the real pictures, float32; in its own phase with what it decodes them to."""
        return self._judged(self.augmented_real, self.real_label, self._features_wanted | self._decoded_wanted)

    @cached_property
    def judged_fake(self) -> Judged:
        """The discriminator's word on the painted pictures, float32; a pass of its own."""
        return self.judge(self.augmented_fake, self.fake_label)

    def judge(self, painted: Painted, label: Tensor | None = None) -> Judged:
        """The discriminator's word on any pictures."""
        return self._judged(painted, label, self._features_wanted)

    def _judged(self, painted: Painted, label: Tensor | None, want: frozenset[str]) -> Judged:
        of_class = {} if label is None else {"label": label}
        with self._autocast():
            judged: Judged = self.discriminator(painted, want=want, **of_class)
        judged.logits = [full_precision(logits) for logits in judged.logits]
        return judged

    def compare(self, loss: Any) -> Tensor:
        """How far the painted pictures are from their style, or from those that they repaint, as a loss sees it.

        All losses share one look at the painted pictures, and one at the real ones where some loss knows of no style.

        Args:
            loss: a `StyleLoss` or a `ContentLoss` of the job.

        Returns:
            (B,), with history.

        Raises:
            RuntimeError: it is neither.
        """
        if not hasattr(loss, "sums"):
            raise RuntimeError("a loss that compares features must have `sums`, as in artgen.sight.views")
        features = {layer: self._features[layer] for layer in loss.layers}
        style = self._compared.style_of(loss, self.fake.picture, self.fake_label)
        content = self._content if "content" in loss.needs else {}
        return value_of(loss, loss.sums(View(features, content)), style)

    @property
    def _compared(self) -> References:
        if self._references is None:
            raise RuntimeError("this step has nothing to compare pictures with")
        return self._references

    @cached_property
    def _features(self) -> dict[str, Tensor]:
        return self._compared.sight.features(self.fake.picture, self._compared.layers)

    @cached_property
    def _content(self) -> dict[str, Tensor]:
        with torch.no_grad():
            return self._compared.sight.features(self.real, self._compared.content_layers)

    def mean(self, values: Tensor) -> Tensor:
        """The mean over the first dimension, with history: over the pictures of all processes that train together.

        For what a loss does with a mean over the batch beside adding it up, such as comparing it or keeping a running
        one: each process has only its slice of the batch. All of them must call it as often.

        Shape:
            (B, …) to (…)
        """
        return values.mean(dim=0) if self._mean is None else self._mean(values)

    def fresh(self, purpose: str, share: float) -> tuple[Tensor, Painted, Draws, float]:
        """Pictures from latents of their own, for losses that differentiate by the latent.

        Args:
            purpose: other purposes get other latents.
            share: how many, as a share of the batch; at least one.

        Returns:
            The mapped latents w, which require a gradient, what was painted from them, with its history, the random
            numbers of these samples, and what their mean is to be multiplied by, so that it adds up to that over the
            whole batch: 1 where each micro-batch has its share of them, and 0 where none is this one's.

        Raises:
            RuntimeError: no loss says in its `needs` that it does this.
        """
        if self._fresh is None:
            raise RuntimeError(f'a loss that paints fresh latents must have "{FRESH}" in its needs')
        return self._fresh(purpose, share)

    def _augmented(self, painted: Painted, purpose: str) -> Painted:
        # every size from the same numbers, so that it stays one picture
        draws = self.draws.child(purpose)
        scales = tuple(self._augment(scale, draws) for scale in painted.scales)
        return Painted(self._augment(painted.picture, draws), scales)


def _leaves(painted: Painted) -> Painted:
    detached = painted.detach()
    for picture in (detached.picture, *detached.scales):
        picture.requires_grad_()
    return detached
