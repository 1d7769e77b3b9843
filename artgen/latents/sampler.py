"""The one way from seeds and latents to finished pictures.

Everything that a person keeps is painted here, eight at a time with the batch padded, because other batch sizes
change the last bits of linear layers. Whether the eight places of a batch agree to the bit is looked at once for each
network; where they do not, pictures are painted one to a batch, always in the first place. So a seed's bytes depend on
the network and the device alone, never on what is painted beside it.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from artgen.contracts import PictureShape
from artgen.latents.seeds import latent_of, noise_of
from artgen.latents.truncation import mean_latent, truncate

MICRO_BATCH = 8

Picture = np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]
"""(H, W, C) with 1, 3 or 4 channels; transparency is straight, not premultiplied."""

T = TypeVar("T")


class Sampler:
    """A finished latent generator and how to paint with it.

    Args:
        generator: with the weights to paint with; it is put into evaluation mode.
        shape: of its pictures.
        device: where it paints.
        recipe: what every picture carries about how it was made; no paths.
        mean_w: the mean of its mapping, if known; else it is measured when truncation asks for it.
    """

    def __init__(
        self,
        generator: nn.Module,
        shape: PictureShape,
        *,
        device: torch.device | str = "cpu",
        recipe: Mapping[str, Any] | None = None,
        mean_w: Tensor | None = None,
    ) -> None:
        self.generator: Any = generator.to(device).eval()
        self.shape = shape
        self.device = torch.device(device)
        self.recipe: Mapping[str, Any] = dict(recipe or {})
        self._mean_w = mean_w

    def latent(self, seed: int) -> Tensor:
        """The latent z of a seed.

        Shape:
            (latent_size,), on the CPU.
        """
        return latent_of(seed, self.generator.latent_size)

    @functools.cached_property
    def normal(self) -> bool:
        """Whether the generator paints from z itself, so that its w is standard normal."""
        with self._painting():
            z = torch.stack([self.latent(seed) for seed in range(MICRO_BATCH)]).to(self.device)
            w = self.generator.map(z)
            return w.shape == z.shape and torch.equal(w, z)

    @property
    def mean_w(self) -> Tensor:
        """What truncation pulls toward: zero for normal latents, else the mean of the mapping."""
        if self._mean_w is None and self.normal:
            self._mean_w = torch.zeros(self.generator.latent_size)
        elif self._mean_w is None:
            with self._painting():
                self._mean_w = mean_latent(
                    lambda z: self.generator.map(z.to(self.device)), self.generator.latent_size, MICRO_BATCH
                )
        self._mean_w = self._mean_w.to(self.device)
        return self._mean_w

    def points(self, seeds: Sequence[int], truncation: float = 1.0) -> Tensor:
        """The mapped, truncated latents of seeds, from which `along` paints.

        Shape:
            (len(seeds), ...), on the CPU.
        """
        return torch.stack([w for batch in _batches(seeds, self._batch) for w in self._mapped(batch, truncation)])

    def at_seeds(self, seeds: Iterable[int], truncation: float = 1.0) -> Iterator[Picture]:
        """The pictures of seeds, in their order.

        Args:
            seeds: of the pictures; they name latent and noise.
            truncation: 1 for the generator's full variety, less for more typical pictures.
        """
        for batch in _batches(seeds, self._batch):
            yield from self._paint(self._mapped(batch, truncation), batch)

    def along(self, points: Iterable[tuple[Tensor, int]]) -> Iterator[Picture]:
        """The pictures at given points.

        Args:
            points: (w as `points` returns it, seed of the noise).
        """
        for batch in _batches(points, self._batch):
            yield from self._paint([w for w, _ in batch], [seed for _, seed in batch])

    @functools.cached_property
    def _batch(self) -> int:
        """How many different pictures share a batch: all eight when its places agree to the bit, else one."""
        with self._painting():
            z = self.latent(0).expand(MICRO_BATCH, -1).contiguous().to(self.device)
            w = self.generator.map(z)
            alike = self.generator.synthesize(w, self._noise([0] * MICRO_BATCH)).picture
            agree = bool((w == w[:1]).all()) and bool((alike == alike[:1]).all())
        return MICRO_BATCH if agree else 1

    def _mapped(self, seeds: Sequence[int], truncation: float) -> list[Tensor]:
        with self._painting():
            z = _padded([self.latent(seed) for seed in seeds]).to(self.device)
            w: Tensor = self.generator.map(z)
            if truncation != 1.0:
                w = truncate(w, self.mean_w, truncation)
            return list(w[: len(seeds)].cpu())

    def _paint(self, w: Sequence[Tensor], noise_seeds: Sequence[int]) -> Iterator[Picture]:
        """Paint at most one micro-batch."""
        with self._painting():
            seeds = [*noise_seeds, *[noise_seeds[-1]] * (MICRO_BATCH - len(noise_seeds))]
            painted = self.generator.synthesize(_padded(w).to(self.device), self._noise(seeds)).picture
            pictures = to_bytes(painted[: len(w)]).cpu().numpy()
        yield from pictures

    def _noise(self, seeds: Sequence[int]) -> dict[str, Tensor] | None:
        shapes: Mapping[str, tuple[int, int]] = self.generator.noise_shapes
        if not shapes:
            return None
        return {
            name: torch.stack([noise_of(seed, name, *size) for seed in seeds]).to(self.device)
            for name, size in shapes.items()
        }

    @contextlib.contextmanager
    def _painting(self) -> Iterator[None]:
        """Without gradients, and with the kernels that give the same bits every time."""
        with torch.inference_mode(), contextlib.ExitStack() as stack:
            if self.device.type == "cuda":
                stack.enter_context(
                    torch.backends.cudnn.flags(
                        enabled=True, benchmark=False, benchmark_limit=10, deterministic=True, allow_tf32=False
                    )
                )
            yield


def to_bytes(painted: Tensor) -> Tensor:
    """What a generator paints, as bytes to look at.

    Transparency is undone of its premultiplication; where nothing is seen, the colour is black.

    Shape:
        (B, C, H, W) in [-1, 1] -> (B, H, W, C) uint8, straight alpha.
    """
    unit = painted.float().clamp(-1, 1) * 0.5 + 0.5
    if unit.shape[1] == 4:
        alpha = unit[:, 3:]
        seen = alpha >= 0.5 / 255
        color = torch.where(seen, unit[:, :3] / alpha.clamp_min(0.5 / 255), 0.0).clamp(0, 1)
        unit = torch.cat((color, alpha), dim=1)
    return (unit * 255).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()


def _padded(latents: Sequence[Tensor]) -> Tensor:
    """A whole micro-batch; the last latent fills it up."""
    return torch.stack([*latents, *[latents[-1]] * (MICRO_BATCH - len(latents))])


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
