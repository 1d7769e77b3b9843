"""The pictures of one step, real and painted, in micro-batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import Tensor

from artgen.contracts import Painted
from artgen.engine.networks import latent_size
from artgen.engine.noise import noise_inputs, training_noise
from artgen.engine.step import FRESH, Phase, Step
from artgen.layers.full_precision import full_precision
from artgen.seeding import Draws

if TYPE_CHECKING:
    from artgen.engine.state import TrainState


class Pictures(Protocol):
    """A stream of real pictures."""

    def batch(self, first: int, count: int) -> Tensor:
        """Samples `first` to `first + count`, (count, C, H, W) in [-1, 1] on the training's device."""

    def labels(self, first: int, count: int) -> Tensor | None:
        """Their classes, (count,) int64; None where pictures have none."""

    def drawn_labels(self, draws: Draws) -> Tensor | None:
        """Classes for painted pictures, as frequent as among the real ones."""


@dataclass(frozen=True)
class Part:
    """A micro-batch: what the losses are handed, and its share of the step's pictures."""

    step: Step
    share: float


class Samples:
    """Everything that the updates of one step learn from.

    The discriminator's last update and the generator's first see the same painted pictures: the generator has not
    changed between them, so painting once is exact and saves a pass. In micro-batches they are painted anew, since
    keeping all of them with their history is what does not fit.
    """

    def __init__(
        self, state: TrainState, pictures: Pictures, seed: int, batch: int, discriminator_updates: int
    ) -> None:
        self._state = state
        self._pictures = pictures
        self._seed = seed
        self._batch = batch
        self._last = discriminator_updates - 1
        self._stage = state.stages.at(state.images)
        self._needs = frozenset().union(*(active.loss.needs for active in state.losses if active.due(state.step)))
        self._shared: Callable[[], Painted] | None = None

    def of_discriminator(self, update: int) -> Iterator[Part]:
        """The discriminator's n-th update: real pictures of its own, painted ones from latents of its own."""
        share = update == self._last and self._state.micro_batches.whole
        for draws in self._slices(update):
            real = self._real(draws)
            paint = self._painting(draws, real, history=share)
            self._shared = paint if share else None
            yield self._part("discriminator", real, paint, draws, draws)

    def of_generator(self, repeat: int) -> Iterator[Part]:
        """The generator's n-th update."""
        # let go of here: it refers to these samples, and nothing is to keep it where it turns out to be too much
        handed_on, self._shared = self._shared, None
        for drawn in self._slices(self._last):
            draws = drawn.child(f"generator/{repeat}")
            real = self._real(draws)
            latents = drawn if repeat == 0 else draws
            shared = handed_on if repeat == 0 and self._state.micro_batches.whole else None
            yield self._part("generator", real, shared or self._painting(latents, real), draws, latents)

    def _slices(self, update: int) -> Iterator[Draws]:
        first = self._state.images + update * self._batch
        for offset, count in self._state.micro_batches.slices():
            yield Draws(self._seed, "train", first + offset, count, self._state.device)

    def _real(self, draws: Draws) -> Callable[[], Tensor]:
        """Fetches the real pictures of these draws, once."""
        return cache(
            lambda: self._state.stages.shown(
                self._pictures.batch(draws.first, draws.count).to(self._state.dtype), self._stage
            ),
        )

    def _painting(self, draws: Draws, real: Callable[[], Tensor], *, history: bool = True) -> Callable[[], Painted]:
        """Paints the pictures of these draws, or repaints the real ones, once.

        Args:
            history: whether somebody will want their gradient.
        """

        @cache
        def painted() -> Painted:
            label = self._label(draws)
            with torch.set_grad_enabled(history):
                if self._state.repaints:
                    return repainted(self._state, real(), label)
                return paint(self._state, draws, label)

        return painted

    def _label(self, draws: Draws) -> Tensor | None:
        """What to paint: a class, or a style for each picture that is repainted."""
        chance = draws.child("label")
        if not self._state.repaints:
            return self._pictures.drawn_labels(chance)
        generator: Any = self._state.generator
        return (chance.uniform(1)[:, 0] * int(generator.styles)).long()

    def _part(
        self,
        phase: Phase,
        real: Callable[[], Tensor],
        painted: Callable[[], Painted],
        draws: Draws,
        latents: Draws,
    ) -> Part:
        state = self._state
        step = Step(
            phase,
            paint=painted,
            real=real,
            discriminator=state.discriminator,
            augment=state.augment,
            draws=draws,
            images_seen=state.images,
            autocast=state.autocast,
            needs=self._needs,
            scale_shapes=getattr(state.generator, "scale_shapes", ()),
            real_label=self._pictures.labels(draws.first, draws.count),
            fake_label=self._label(latents),
            fresh=partial(self._fresh, draws) if FRESH in self._needs else None,
            references=state.references,
            mean=state.team.mean,
        )
        return Part(step, draws.count / self._batch)

    def _few(self, draws: Draws, share: float) -> tuple[Draws, float]:
        """A share of the step's samples that falls to the pictures of these draws, and what their mean counts.

        At least one sample: where none falls to them, one that counts nothing.
        """
        start = self._state.images + self._last * self._batch
        in_all = max(1, round(self._batch * share))
        first, end = (
            round((index - start) * in_all / self._batch) for index in (draws.first, draws.first + draws.count)
        )
        weight = (end - first) / in_all / (draws.count / self._batch)
        return replace(draws, first=start + first, count=max(1, end - first)), weight

    def _fresh(self, draws: Draws, purpose: str, share: float) -> tuple[Tensor, Painted, Draws, float]:
        few, weight = self._few(draws.child(f"fresh/{purpose}"), share)
        w = mapped(self._state, few, self._label(few))
        return w, synthesized(self._state, w, few), few, weight


def paint(state: TrainState, draws: Draws, label: Tensor | None) -> Painted:
    """Pictures from the latents and the noise of these draws."""
    return synthesized(state, mapped(state, draws, label), draws)


def mapped(state: TrainState, draws: Draws, label: Tensor | None) -> Tensor:
    """The latents of these draws as the generator's w; a w for each layer, of two latents, where it can mix styles.

    Style mixing: T. Karras et al., "A style-based generator architecture for generative adversarial networks", 2019,
    section 3.1. Up to a layer drawn per picture w comes from the first latent, from there on from the second.
    """
    generator: Any = state.generator
    of_class = {} if label is None else {"label": label}

    def one(purpose: str) -> Tensor:
        z = draws.child(purpose).normal(latent_size(generator)).to(state.dtype)
        with state.autocast():
            w: Tensor = generator.map(z, **of_class)
        return w

    w = one("latent")
    probability = getattr(generator, "style_mixing", None)
    if probability is None:
        return w
    layers = int(generator.layers)
    if not probability:
        return w[:, None].expand(-1, layers, -1)  # what looks at w, as path-length does, finds each layer's own
    chance = draws.child("mixing").uniform(2)
    crossover = 1 + (chance[:, 1:] * (layers - 1)).long()
    second = (torch.arange(layers, device=w.device) >= crossover) & (chance[:, :1] < probability)
    return torch.where(second[:, :, None], one("latent/second")[:, None], w[:, None])


def synthesized(state: TrainState, w: Tensor, draws: Draws) -> Painted:
    """Pictures from w, with the noise of these draws; float32."""
    generator: Any = state.generator
    noise = noise_inputs(generator.noise_shapes, draws, training_noise)
    with state.autocast():
        painted: Painted = generator.synthesize(w, noise)
    return Painted(full_precision(painted.picture), tuple(full_precision(scale) for scale in painted.scales))


def repainted(state: TrainState, pictures: Tensor, label: Tensor | None) -> Painted:
    """Pictures in the styles of the labels; float32."""
    with state.autocast():
        painted: Painted = state.generator(pictures, label)
    return Painted(full_precision(painted.picture))
