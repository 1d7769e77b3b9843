"""Directions: straight ways through the space of w along which pictures change most.

Two ways to find them without looking at a picture. Both are orthonormal, the strongest first, the same at every call on
one device, and leave a picture its class.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from artgen.errors import ArtgenError
from artgen.latents.sampler import Sampler

Method = Literal["pca", "closed form"]
FOUND = re.compile(r"(?:(pca|closed-form) )?(\d+)")
"""How a person names a direction that is found anew."""
SEED = re.compile(r"seed (\d+)")
"""How a person names the way to another seed."""
COUNT = 20
SAMPLES = 10_000


@dataclass(frozen=True, eq=False)
class Directions:
    """Directions that were found together.

    Attributes:
        method: how.
        names: of each; at first "1", "2" and so on.
        vectors: orthonormal, (K, D) float32 on the CPU. The largest number of each is positive.
        shares: of the whole that each one accounts for, (K,): of the variance of w, or of the trace of AᵀA.
        spreads: standard deviations of w along them, (K,).
        checkpoint: sha256 of the weights that they were found in; "" until they were saved.
    """

    method: Method
    names: tuple[str, ...]
    vectors: Tensor
    shares: tuple[float, ...]
    spreads: tuple[float, ...]
    checkpoint: str = ""

    def moved(self, w: Tensor, name: str, deviations: float) -> Tensor:
        """Points, moved along a direction.

        Args:
            name: of the direction.
            deviations: how far, in standard deviations of w along it; about -3 to 3 stays among what was learned.

        Shape:
            (..., D) to the same

        Raises:
            ArtgenError: there is no such direction, or the points are another generator's.
        """
        index = self._index(name)
        if w.shape[-1] != self.vectors.shape[1]:
            raise ArtgenError(
                f"these directions are {self.vectors.shape[1]} numbers long, and the generator's w is {w.shape[-1]}",
                hint="directions belong to the run that they were found in",
            )
        return w + deviations * self.spreads[index] * self.vectors[index].to(w)

    def renamed(self, old: str, new: str) -> Directions:
        """The same with another name for one, such as what is seen to change.

        Raises:
            ArtgenError: there is no such direction, or another one has that name.
        """
        index = self._index(old)
        names = (*self.names[:index], new, *self.names[index + 1 :])
        if not new.strip() or not new.isprintable() or "/" in new:  # which stands behind the name of their file
            raise ArtgenError(f"a direction cannot be called {new!r}: it is no name")
        if new != old and (FOUND.fullmatch(new) or SEED.fullmatch(new)):
            raise ArtgenError(
                f"a direction cannot be called '{new}'",
                hint='numbers, such as "12" and "pca 3", are directions that are found anew, and "seed 9" leads to a seed',
            )
        if len(set(names)) < len(names):
            raise ArtgenError(f"a direction cannot be called '{new}': another one is")
        return replace(self, names=names)

    def _index(self, name: str) -> int:
        if name not in self.names:
            raise ArtgenError(f"there is no direction '{name}'", hint=f"there are {', '.join(self.names)}")
        return self.names.index(name)


def principal_directions(
    sampler: Sampler, count: int = COUNT, *, samples: int = SAMPLES, label: int | None = None
) -> Directions:
    """Principal components of w: where the mapping network spread its latents most.

    E. Härkönen et al., "GANSpace: discovering interpretable GAN controls", 2020, section 2.1. With classes, each w
    counts as its distance from the mean of its class.

    Args:
        sampler: of the generator.
        count: at most so many.
        samples: the w of so many seeds, from 0 on.
        label: look only at this class.

    Raises:
        ArtgenError: w is the latent itself, which varies alike in all directions.
    """
    if sampler.normal_size:
        raise ArtgenError(
            "the generator has no mapping network: its w is pure chance and has no principal components",
            hint="find directions in closed form, which is what this comes to for what its first layer makes of w",
        )
    gaps, classes = _gaps(sampler, samples, label)
    vectors, values, shares = _strongest(gaps.t() @ gaps / (samples - classes), count)
    return _directions("pca", vectors, shares, values.sqrt())


def closed_form_directions(
    sampler: Sampler,
    count: int = COUNT,
    *,
    layers: Collection[int] = (),
    samples: int = SAMPLES,
    label: int | None = None,
) -> Directions:
    """Eigenvectors of AᵀA, where A is what the generator multiplies w with: where it listens most.

    Y. Shen and B. Zhou, "Closed-form factorization of latent semantics in GANs" (SeFa), 2021, section 3.2. The generator
    gives A by `w_matrices()`: a list of (outputs, D), one for each of its layers where w can differ between them.

    Args:
        sampler: of the generator.
        count: at most so many.
        layers: only what these layers multiply w with, 0 the coarsest; all by default.
        samples: the scale is that of the w of so many seeds, from 0 on.
        label: of this class.

    Raises:
        ArtgenError: the generator has no `w_matrices`, or no such layer.
    """
    gaps, classes = _gaps(sampler, samples, label)
    weights = _weights(sampler, layers)
    # where the class stands behind the latent, it stays as it is
    moving = sampler.normal_size or weights.shape[1]
    vectors, _, shares = _strongest(weights[:, :moving].t() @ weights[:, :moving], count)
    vectors = torch.nn.functional.pad(vectors, (0, weights.shape[1] - moving))
    along = gaps @ vectors.t()
    return _directions("closed form", vectors, shares, (along.square().sum(0) / (samples - classes)).sqrt())


def _directions(method: Method, vectors: Tensor, shares: Tensor, spreads: Tensor) -> Directions:
    names = tuple(str(number) for number in range(1, len(vectors) + 1))
    return Directions(method, names, vectors.float(), tuple(shares.tolist()), tuple(spreads.tolist()))


def _gaps(sampler: Sampler, samples: int, label: int | None) -> tuple[Tensor, int]:
    """How far the w of seeds are from the mean of their class, (samples, D) float64, and how many classes there are."""
    seeds = range(samples)
    w = sampler.points(seeds, label=label).double()
    classes = torch.tensor([sampler.label_of(seed, label) or 0 for seed in seeds])
    of_class = torch.eye(int(classes.max()) + 1, dtype=w.dtype)[classes]
    counts = of_class.sum(0)
    means = of_class.t() @ w / counts.clamp_min(1)[:, None]
    return w - means[classes], int(counts.count_nonzero())


def _weights(sampler: Sampler, layers: Collection[int]) -> Tensor:
    """All rows of A, (outputs, D) float64."""
    if not hasattr(sampler.generator, "w_matrices"):
        raise ArtgenError(
            f"{type(sampler.generator).__name__} does not say what it multiplies w with (w_matrices)",
            hint="find directions by pca",
        )
    matrices: list[Tensor] = sampler.generator.w_matrices()
    unknown = sorted(set(layers).difference(range(len(matrices))))
    if unknown:
        raise ArtgenError(
            f"there is no layer {unknown[0]} that w enters", hint=f"the layers are 0 to {len(matrices) - 1}"
        )
    chosen = [matrices[layer] for layer in sorted(set(layers))] or matrices
    return torch.cat([matrix.detach().cpu().double() for matrix in chosen])


def _strongest(symmetric: Tensor, count: int) -> tuple[Tensor, Tensor, Tensor]:
    """The eigenvectors of the largest eigenvalues as rows, the values, and their shares of the trace.

    What is nothing but the rounding of float32, in which w and weights are, is left out.

    Raises:
        ArtgenError: there are none.
    """
    if not symmetric.any() or not symmetric.isfinite().all():
        raise ArtgenError("there are no directions: the generator paints one picture, whatever its latent")
    values, columns = torch.linalg.eigh(symmetric)
    largest = values.flip(0)[:count]
    largest = largest[largest > (len(values) * torch.finfo(torch.float32).eps) ** 2 * values[-1]]
    rows = columns.t().flip(0)[: len(largest)]
    signs = rows.gather(1, rows.abs().argmax(1, keepdim=True)).sign()
    return rows * signs, largest, largest / symmetric.trace()
