"""The exam that painted pictures sit: how near they are to the real ones, and how far from copies of them."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from torch import Tensor

from artgen.backbones.config import VGG16Config
from artgen.backbones.vgg16 import VGG16, WEIGHTS_SHA256
from artgen.latents.seeds import class_among
from artgen.quality.bootstrap import Measure
from artgen.quality.diversity import distances, diversity
from artgen.quality.features import Batches, Pixels, features
from artgen.quality.frechet import frechet_distance
from artgen.quality.kid import kernel_distance
from artgen.quality.manifold import precision_and_recall, radii
from artgen.quality.nearest import Nearest, nearest, nearest_other
from artgen.quality.swd import SlicedWasserstein

_DEFINITION = 1
"""Raised when the features change, so that cached ones are computed again."""
_TINY = 1e-9
"""Instead of 0 where all real pictures are one and the same."""
_MOSTLY = 0.95
"""This share of the real pictures keeps the usual distance from each other; the rest are pairs that look alike."""


@dataclass(frozen=True)
class Findings:
    """What an exam found.

    Attributes:
        figures: by name, see `Exam.measure`.
        nearest: the nearest real picture of each painted one. Indices are into the real pictures as they were given,
            distances in units of their own mean distance to their nearest.
        mirrored: (N,) bool, whether it is the mirror image of that real picture that is nearest.
        close: a distance in that unit; only 5 % of the real pictures have another one nearer than this.
    """

    figures: dict[str, Measure]
    nearest: Nearest
    mirrored: Tensor
    close: float


class Exam:
    """Measures painted pictures against the real ones, whose features are computed once.

    Args:
        real: uint8 (N, H, W, C), RGBA premultiplied, as the data cache has them; at least 2.
        device: where VGG-16 runs.
        limit: look at no more than this many real pictures, taken evenly.
        labels: the class of each real picture; None where they have none.
        mirror: whether mirror images were learned from too: one that was learned by heart is no new picture.
        between: called again and again while the real pictures are looked at; what it raises ends that.
        cache: file for the real pictures' features; name it after their fingerprint. Made if it is not there, made
            again if it does not fit.

    Attributes:
        real_vectors: the features of the real pictures that it looks at, (N, 3840).
        opening_s: seconds that it took to look at them.

    Raises:
        ValueError: fewer than 2 real pictures.
        ArtgenError: the weights of VGG-16 are missing or damaged.
    """

    def __init__(
        self,
        real: Pixels,
        device: torch.device | str = "cpu",
        limit: int = 2000,
        *,
        labels: Sequence[int] | NDArray[np.int64] | None = None,
        mirror: bool = False,
        cache: Path | None = None,
        between: Callable[[], None] = lambda: None,
    ) -> None:
        if len(real) < 2:
            raise ValueError("an exam needs at least 2 real pictures")
        began = time.monotonic()
        chosen = np.arange(len(real)) if len(real) <= limit else np.arange(limit) * len(real) // limit
        shown = _Chosen(real, chosen)
        self._labels = None if labels is None else sorted(map(int, labels))
        self._indices = torch.from_numpy(chosen)
        self._network = VGG16(VGG16Config(pooling="max")).to(device)
        self.real_vectors = _vectors(shown, self._network, cache, between)
        self._swd = SlicedWasserstein(shown, premultiplied=True)
        self._real_diversity = max(diversity(self.real_vectors).value, _TINY)
        self._learned = self.real_vectors
        if mirror:
            beside = cache.with_stem(f"{cache.stem}-mirrored") if cache else None
            images = _vectors(_Chosen(real, chosen, mirrored=True), self._network, beside, between)
            self._learned = torch.cat((self.real_vectors, images))
        others = nearest_other(self.real_vectors, self._learned).distance
        self._real_nearest = max(others.mean().item(), _TINY)
        self._close = others.quantile(1 - _MOSTLY).item() / self._real_nearest
        self._real_radii = radii(self.real_vectors)
        self.opening_s = time.monotonic() - began

    def classes(self, count: int) -> list[int] | None:
        """What the first `count` seeds are to be painted as: each class as often as among the real pictures."""
        return None if self._labels is None else [class_among(seed, self._labels) for seed in range(count)]

    def measure(self, fakes: Pixels, *, premultiplied: bool = False) -> dict[str, Measure]:
        """Measure painted pictures, at least 2, of the real ones' size.

        Returns:
            - ``kid_vgg``: kernel distance; 0 is best, copies of the real pictures are near 0 too.
            - ``fd_vgg``: Fréchet distance; 0 is best, comparable only between equal numbers of pictures.
            - ``swd``: distance of patches, in thousandths; 0 is best.
            - ``precision``: share of them that lie among the real pictures; 1 is best.
            - ``recall``: share of the real pictures that lie among them; 1 is best.
            - ``diversity``: mean distance among them over that among the real pictures; 1 is as varied as they.
            - ``nearest``: mean distance to the nearest real picture over the real pictures' own; 0 is copies.
        """
        return self.examine(fakes, premultiplied=premultiplied).figures

    def examine(
        self, fakes: Pixels, *, premultiplied: bool = False, between: Callable[[], None] = lambda: None
    ) -> Findings:
        """Measure painted pictures and find the nearest real picture of each, to show them side by side."""
        vectors = features(fakes, self._network, premultiplied=premultiplied, between=between)
        found = nearest(vectors, self._learned)
        count = len(self.real_vectors)
        precision, recall = precision_and_recall(
            distances(vectors, self.real_vectors), self._real_radii, radii(vectors)
        )
        figures = {
            "kid_vgg": kernel_distance(self.real_vectors, vectors),
            "fd_vgg": frechet_distance(self.real_vectors, vectors),
            "swd": self._swd.measure(fakes, premultiplied=premultiplied),
            "precision": precision,
            "recall": recall,
            "diversity": diversity(vectors) / self._real_diversity,
            "nearest": found.mean() / self._real_nearest,
        }
        shown = Nearest(self._indices[found.index % count], found.distance / self._real_nearest)
        return Findings(figures, shown, found.index >= count, self._close)


@dataclass(frozen=True)
class _Chosen:
    """Some of many pictures, read when they are looked at: all of them together may be more than the memory holds."""

    pictures: Pixels
    indices: NDArray[np.intp]
    mirrored: bool = False

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, part: slice, /) -> Pixels:
        some = np.asarray(self.pictures[self.indices[part]])
        return np.ascontiguousarray(some[:, :, ::-1]) if self.mirrored else some


def _vectors(real: Batches, network: VGG16, cache: Path | None, between: Callable[[], None]) -> Tensor:
    """The features of the real pictures, from the cache where they are there."""
    name = f"vgg16-{WEIGHTS_SHA256[:8]}-{_DEFINITION}"
    if cache and cache.exists():
        vectors = _read(cache).get(name)
        if vectors is not None and len(vectors) == len(real):
            return vectors.clone()  # aligned as a computed tensor is, or sums may differ in their last bits
    vectors = features(real, network, premultiplied=True, between=between)
    if cache:
        with contextlib.suppress(OSError):  # a full disk: computed again the next time
            _write(cache, {name: vectors})
    return vectors


def _write(cache: Path, vectors: dict[str, Tensor]) -> None:
    cache.parent.mkdir(parents=True, exist_ok=True)
    beside = cache.with_name(f"{cache.name}.{os.getpid()}.part")
    try:
        safetensors.torch.save_file(vectors, beside)
        beside.replace(cache)
    finally:
        beside.unlink(missing_ok=True)


def _read(cache: Path) -> dict[str, Tensor]:
    try:
        return safetensors.torch.load_file(cache)
    except (OSError, SafetensorError):
        return {}  # half a file, or none of ours: made again
