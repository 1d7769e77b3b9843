"""The moving average of a generator's weights, which all pictures are painted with."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from artgen.engine.config import EMAConfig
from artgen.engine.memory import free_cached
from artgen.engine.networks import latent_size
from artgen.engine.noise import noise_inputs
from artgen.layers.out_of_memory import is_out_of_memory
from artgen.seeding import Draws

SETTLE_PICTURES = 1024
SETTLE_BATCH = 64
SETTLE_BYTES = 1_000_000_000
"""Where so many pictures take more than this, there are fewer at a time: a batch of a training may be small."""
_MAPS_AT_ONCE = 3
"""What a layer is given, what it makes of it, and what it makes that of."""


class EMA:
    """Exponential moving average with a half-life counted in pictures.

    While young, the half-life is at most a share of the pictures seen, so that the first weights are forgotten
    (T. Karras et al., "Training generative adversarial networks with limited data", 2020, their code's EMA ramp-up).

    Attributes:
        generator: a copy of the generator that holds the average, in evaluation mode.
    """

    def __init__(self, generator: nn.Module, config: EMAConfig, *, classes: int = 0) -> None:
        self.generator = copy.deepcopy(generator).eval().requires_grad_(False)
        self._config = config
        self._classes = classes
        self._average: list[Tensor] = list(self.generator.parameters())
        self._source: list[Tensor] = list(generator.parameters())
        self._trained = generator

    @property
    def painter(self) -> nn.Module:
        """The average as pictures are painted with it, in single precision."""
        if self._average[0].dtype == torch.float64:
            return copy.deepcopy(self.generator).float()
        return self.generator

    @torch.no_grad()
    def update(self, images: int, images_seen: int) -> None:
        """Take in the generator's weights after a step.

        Args:
            images: pictures shown in this step.
            images_seen: pictures shown before it.
        """
        half_life = self._config.half_life_kimg * 1000
        if self._config.ramp:
            half_life = min(half_life, self._config.ramp * images_seen)
        kept = 0.5 ** (images / half_life) if half_life > 0 else 0.0
        torch._foreach_lerp_(self._average, self._source, 1 - kept)

    @torch.no_grad()
    def settle(self, at_a_time: int = SETTLE_BATCH) -> None:
        """Make the average ready to paint: its buffers, with batch-norm statistics of its own weights.

        The statistics that the generator met in training belong to other weights; these are the mean over fixed
        latents, so that the same weights always paint the same pictures.

        Args:
            at_a_time: pictures that there is memory for; fewer where they take more than `SETTLE_BYTES`, which a CPU may
                not have, and it halves itself where a device has less.
        """
        for own, source in zip(self.generator.buffers(), self._trained.buffers(), strict=True):
            own.copy_(source)
        norms = [m for m in self.generator.modules() if isinstance(m, _BatchNorm) and m.track_running_stats]
        if not norms:
            return
        at_a_time = min(at_a_time, max(2, SETTLE_BYTES // self._bytes_per_picture()))
        momenta = [norm.momentum for norm in norms]
        while not self._settled(norms, at_a_time):
            at_a_time = -(-at_a_time // 2)
            free_cached()
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
            norm.eval()

    def _bytes_per_picture(self) -> int:
        """What painting takes beside the weights, by the largest map that a layer makes."""
        largest = 1

        def note(_layer: nn.Module, _given: Any, made: Any) -> None:
            nonlocal largest
            if isinstance(made, Tensor):
                largest = max(largest, made.numel() * made.element_size())

        hooks = [layer.register_forward_hook(note) for layer in self.generator.modules()]
        z, noise, label = self._settling_inputs(0, 1)
        generator: Any = self.generator
        generator.synthesize(generator.map(z, **label), noise)
        for hook in hooks:
            hook.remove()
        return _MAPS_AT_ONCE * largest

    def _settled(self, norms: Sequence[_BatchNorm], at_a_time: int) -> bool:
        """Whether there was memory enough to take the statistics over so many pictures at a time."""
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None
            norm.train()
        try:
            for first in range(0, SETTLE_PICTURES, at_a_time):
                z, noise, label = self._settling_inputs(first, at_a_time)
                self.generator(z, noise, **label)
        except RuntimeError as error:
            if at_a_time == 1 or not is_out_of_memory(error):
                raise
            return False
        return True

    def _settling_inputs(self, first: int, count: int) -> tuple[Tensor, dict[str, Tensor] | None, dict[str, Tensor]]:
        """Fixed latents, noise and, where pictures have classes, all classes in turn."""
        generator: Any = self.generator
        device, dtype = self._average[0].device, self._average[0].dtype
        draws = Draws(0, "settle", first, count, device)
        noise = noise_inputs(generator.noise_shapes, draws, Draws.normal)
        label = {"label": torch.arange(first, first + count, device=device) % self._classes} if self._classes else {}
        return draws.normal(latent_size(generator)).to(dtype), noise, label
