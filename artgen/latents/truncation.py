"""Truncation: fewer surprises for more typical pictures, by a pull toward the mean latent."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from artgen.seeding import Draws

_SAMPLES = 10_000


def truncate(w: Tensor, mean: Tensor, psi: float) -> Tensor:
    """Move latents toward the mean: 1 leaves them, 0 makes them all the mean picture.

    T. Karras et al., "A style-based generator architecture for GANs", 2019, appendix B: ``mean + psi (w - mean)``.

    Shape:
        w (B, ...) and mean (...) as the generator's `map` returns them; the result is like w.
    """
    return w if psi == 1.0 else mean + psi * (w - mean)


def mean_latent(mapping: Callable[[Tensor], Tensor], latent_size: int, batch: int) -> Tensor:
    """The mean of a mapping over 10,000 fixed latents; the same for every run of one network on one device.

    Args:
        mapping: z (batch, latent_size) -> w (batch, ...).
        latent_size: length of z.
        batch: how many latents go through at once; part of the result's last bits.

    Shape:
        like one w, on the mapping's device.
    """
    total: Tensor | None = None
    for first in range(0, _SAMPLES, batch):
        summed = mapping(Draws(0, "mean latent", first, batch).normal(latent_size)).sum(0, dtype=torch.float64)
        total = summed if total is None else total + summed
    assert total is not None  # noqa: S101 - there is at least one batch
    return (total / (-(-_SAMPLES // batch) * batch)).float()
