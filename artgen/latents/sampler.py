"""The one way from seeds and latents to finished pictures.

Everything that a person keeps is painted here, eight at a time with the batch padded, because other batch sizes
change the last bits of linear layers. Whether the eight places of a batch agree to the bit is looked at once for each
network; where they do not, pictures are painted one to a batch, always in the first place. So a seed's bytes depend on
the network, its class and the device alone, never on what is painted beside it. A network that says so itself,
`one_by_one`, is handed one picture at a time. Only a device without memory for eight paints fewer at a time, and says that
the last bits may differ.
"""

from __future__ import annotations

import contextlib
import functools
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice, repeat
from typing import Any, TypeVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from artgen.contracts import PictureShape
from artgen.errors import ArtgenError
from artgen.latents.seeds import class_of, latent_of, noise_of
from artgen.latents.truncation import mean_latent, truncate
from artgen.layers.out_of_memory import is_out_of_memory

MICRO_BATCH = 8

Picture = np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]
"""(H, W, C) with 1, 3 or 4 channels; transparency is straight, not premultiplied."""

Noise = int | Mapping[str, Tensor]
"""What one picture's noise inputs are: those of a seed, or (1, h, w) by name, on the CPU."""

T = TypeVar("T")
R = TypeVar("R")


class Sampler:
    """A finished latent generator and how to paint with it.

    Args:
        generator: with the weights to paint with; it is put into evaluation mode.
        shape: of the pictures, which are enlarged to it where the generator is at an earlier stage.
        device: where it paints.
        recipe: what every picture carries about how it was made; no paths.
        classes: names of the classes of `shape`; by default their numbers.
        warn: told in words when pictures are painted fewer at a time.

    Attributes:
        micro_batch: how many are painted at a time, padding included.
    """

    def __init__(
        self,
        generator: nn.Module,
        shape: PictureShape,
        *,
        device: torch.device | str = "cpu",
        recipe: Mapping[str, Any] | None = None,
        classes: Sequence[str] = (),
        warn: Callable[[str], object] = warnings.warn,
    ) -> None:
        self.generator: Any = generator.to(device).eval()
        self.shape = shape
        self.device = torch.device(device)
        self.recipe: Mapping[str, Any] = dict(recipe or {})
        self.classes = tuple(classes) or tuple(map(str, range(shape.classes)))
        self.micro_batch = 1 if getattr(generator, "one_by_one", False) else MICRO_BATCH
        self._warn = warn
        self._mean_w: dict[int | None, Tensor] = {}

    def latent(self, seed: int) -> Tensor:
        """The latent z of a seed.

        Shape:
            (latent_size,), on the CPU.
        """
        return latent_of(seed, self.generator.latent_size)

    def label_of(self, seed: int, label: int | None = None) -> int | None:
        """The class that a seed is painted as: the one asked for, else its own; None where there are no classes."""
        if not self.shape.classes:
            return None
        return class_of(seed, self.shape.classes) if label is None else label

    @functools.cached_property
    def normal_size(self) -> int:
        """How many numbers at the beginning of w are z itself, and so standard normal.

        All without a mapping, those before the class's where it is appended, and none behind a mapping network.
        """
        with self._painting():
            seeds = range(MICRO_BATCH)
            z = torch.stack([self.latent(seed) for seed in seeds]).to(self.device)
            w = self._map(z, [self.label_of(seed) for seed in seeds])
            return z.shape[1] if w.dim() == 2 and torch.equal(w[:, : z.shape[1]], z) else 0

    @functools.cached_property
    def layers(self) -> int:
        """How many layers can have a w of their own, the coarsest first; 0 where one w is for the whole picture."""
        layers = getattr(self.generator, "layers", 0)
        return layers if isinstance(layers, int) else 0  # some networks call their modules so

    def mean_w(self, label: int | None = None) -> Tensor:
        """What truncation pulls toward: zero for what is standard normal, else the mean of the mapping.

        Args:
            label: each class has a mean of its own, so that truncation leaves a picture its class.
        """
        if label not in self._mean_w:
            with self._painting():
                mean = mean_latent(
                    lambda z: self._map(z.to(self.device), [label] * len(z)), self.generator.latent_size, MICRO_BATCH
                )
                mean[..., : self.normal_size] = 0
                self._mean_w[label] = mean
        return self._mean_w[label]

    def forget_weights(self, *, other_stage: bool = False) -> None:
        """To be called when the generator has got others: the means of the old ones are not those of them.

        Args:
            other_stage: it paints at another stage too, where the places of a batch may agree although they did not, or
                no more.
        """
        self._mean_w.clear()
        if other_stage:
            self.__dict__.pop("_batch", None)

    def points(self, seeds: Sequence[int], truncation: float = 1.0, label: int | None = None) -> Tensor:
        """The mapped, truncated latents of seeds, from which `along` paints.

        Shape:
            (len(seeds), ...), on the CPU.
        """
        each = zip(seeds, repeat(label), strict=False)
        return torch.stack(list(self._in_batches(each, lambda batch: self._mapped(batch, truncation))))

    def mapped(self, latents: Iterable[Tensor], truncation: float = 1.0, label: int | None = None) -> Iterator[Tensor]:
        """The points of latents z that need not be a seed's, as `points` has those of seeds.

        Args:
            latents: (latent_size,) each, as `latent` returns them.
            truncation: as in `points`.
            label: the class, where there are classes.
        """
        return self._in_batches(latents, lambda batch: self._mapped_latents(batch, [label] * len(batch), truncation))

    def at_seeds(
        self, seeds: Iterable[int], truncation: float = 1.0, label: int | Sequence[int] | None = None
    ) -> Iterator[Picture]:
        """The pictures of seeds, in their order.

        Args:
            seeds: of the pictures; they name latent, noise and, where nobody asks for one, the class.
            truncation: 1 for the generator's full variety, less for more typical pictures.
            label: paint all of them as this class, or each as one of its own.

        Raises:
            ArtgenError: the device has no memory for one picture.
        """
        labels = label if isinstance(label, Sequence) else repeat(label)
        return self._in_batches(
            zip(seeds, labels, strict=False),
            lambda batch: self._painted(self._mapped(batch, truncation), [seed for seed, _ in batch]),
        )

    def along(self, points: Iterable[tuple[Tensor, Noise]]) -> Iterator[Picture]:
        """The pictures at given points.

        Args:
            points: (w as `points` returns it, or (layers, ...) with one for each of `layers`; noise).

        Raises:
            ArtgenError: the device has no memory for one picture.
        """
        return self._in_batches(points, lambda batch: self._painted(*zip(*batch, strict=True)))

    def synthesize(self, w: Tensor, noise: Mapping[str, Tensor] | None) -> Tensor:
        """What the generator paints, with its gradient where somebody wants it.

        Args:
            noise: (B, 1, h, w) by name.

        Shape:
            (B, ...) on the sampler's device to (B, C, H, W) in [-1, 1], RGBA premultiplied
        """
        painted: Tensor = self.generator.synthesize(w, noise).picture
        size = (self.shape.height, self.shape.width)
        if painted.shape[2:] != size:
            painted = F.interpolate(painted.float(), size, mode="bilinear", align_corners=False)
        return painted

    def _in_batches(self, items: Iterable[T], work: Callable[[list[T]], Sequence[R]]) -> Iterator[R]:
        """What `work` makes of the items, some at a time; fewer where the device runs out of memory."""
        coming = iter(items)
        in_hand: list[T] = []
        while in_hand := in_hand or list(islice(coming, MICRO_BATCH)):
            done = self._attempt(work, in_hand)
            if done is None:
                self._step_down()
            else:
                yield from done
                in_hand = in_hand[len(done) :]

    def _attempt(self, work: Callable[[list[T]], Sequence[R]], items: list[T]) -> Sequence[R] | None:
        """What `work` makes of the first batch of the items; None when the device is out of memory."""
        try:
            return work(items[: self._batch])
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            if self.micro_batch == 1:
                raise ArtgenError(
                    f"the device is out of memory painting one picture at a time, {self.shape}",
                    where=str(self.device),
                    hint="close what else uses the device, or paint on the processor: artgen render RUN --device cpu",
                ) from error
        return None

    def _step_down(self) -> None:
        self.micro_batch //= 2
        self.__dict__.pop("_batch", None)
        self._warn(
            f"the device ran out of memory: painting {self.micro_batch} at a time from here on; "
            "the pictures may differ in their last bits from those painted eight at a time"
        )

    @functools.cached_property
    def _batch(self) -> int:
        """How many different pictures share a batch: as many as it has places when they agree to the bit, else one."""
        if self.micro_batch == 1:
            return 1
        with self._painting():
            z = self.latent(0).expand(self.micro_batch, -1).contiguous().to(self.device)
            w = self._map(z, [self.label_of(0)] * self.micro_batch)
            alike = self.generator.synthesize(w, self._noise([0] * self.micro_batch)).picture
            agree = bool((w == w[:1]).all()) and bool((alike == alike[:1]).all())
        return self.micro_batch if agree else 1

    def _mapped(self, seeds: Sequence[tuple[int, int | None]], truncation: float) -> list[Tensor]:
        """The points of at most one micro-batch of seeds, each with the class that it is asked for as."""
        labels = [self.label_of(seed, label) for seed, label in seeds]
        return self._mapped_latents([self.latent(seed) for seed, _ in seeds], labels, truncation)

    def _mapped_latents(
        self, latents: Sequence[Tensor], labels: Sequence[int | None], truncation: float
    ) -> list[Tensor]:
        with self._painting():
            z = torch.stack(self._padded(latents)).to(self.device)
            of_each = self._padded(labels)
            w = self._map(z, of_each)
            if truncation != 1.0:
                w = truncate(w, torch.stack([self.mean_w(one) for one in of_each]), truncation)
            return list(w[: len(latents)].cpu())

    def _map(self, z: Tensor, labels: Sequence[int | None]) -> Tensor:
        of_class = {"label": torch.tensor(labels, device=self.device)} if self.shape.classes else {}
        w: Tensor = self.generator.map(z, **of_class)
        return w

    def _painted(self, w: Sequence[Tensor], noises: Sequence[Noise]) -> Sequence[Picture]:
        """The pictures of at most one micro-batch."""
        with self._painting():
            painted = self.synthesize(self._stacked(self._padded(w)), self._noise(self._padded(noises)))
            return list(to_bytes(painted[: len(w)]).cpu().numpy())

    def _stacked(self, w: Sequence[Tensor]) -> Tensor:
        """One batch on the device; where one point has a w for each layer, all have."""
        layered = any(one.dim() > 1 for one in w)
        return torch.stack([one.expand(self.layers, -1) if layered and one.dim() == 1 else one for one in w]).to(
            self.device
        )

    def _padded(self, items: Sequence[T]) -> list[T]:
        """A whole micro-batch; the last item fills it up."""
        return [*items, *[items[-1]] * (self.micro_batch - len(items))]

    def _noise(self, noises: Sequence[Noise]) -> dict[str, Tensor] | None:
        shapes: Mapping[str, tuple[int, int]] = self.generator.noise_shapes
        if not shapes:
            return None
        return {
            name: torch.stack(
                [noise_of(noise, name, *size) if isinstance(noise, int) else noise[name] for noise in noises]
            ).to(self.device)
            for name, size in shapes.items()
        }

    @contextlib.contextmanager
    def _painting(self) -> Iterator[None]:
        """Without gradients, and with the kernels that give the same bits every time."""
        with torch.inference_mode(), exact_kernels():
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


def exact_kernels() -> contextlib.AbstractContextManager[None]:
    """Those of CUDA that give the same bits every time; of no effect elsewhere."""
    kernels: contextlib.AbstractContextManager[None] = torch.backends.cudnn.flags(
        enabled=True, benchmark=False, deterministic=True, allow_tf32=False
    )
    return kernels
