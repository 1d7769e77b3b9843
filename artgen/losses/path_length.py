"""Path length regularisation (T. Karras et al., "Analyzing and improving the image quality of StyleGAN", 2020)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from artgen.engine.noise import training_noise
from artgen.losses.config import PathLengthConfig

if TYPE_CHECKING:
    from artgen.engine.step import Step

_PURPOSE = "path-length"
_TINY = 1e-12
"""Keeps the square root's own slope finite where the generator paints the same whatever w says."""


class PathLength:
    """A step of one size in w changes the picture by as much everywhere; for the generator only.

    How much is |Jᵀy|, with J the Jacobian of the picture by w and y a picture of noise: one backward pass for each
    picture, where J itself would take one for each pixel. What it should be is its own running mean.

    Args:
        config: options.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"fresh"})

    def __init__(self, config: PathLengthConfig) -> None:
        self.config = config
        self.mean = torch.zeros(())
        self._update: tuple[int, str] | None = None
        self._before = self.mean
        self._found: list[Tensor] = []
        self._first = 0

    def for_discriminator(self, step: Step) -> None:
        """Nothing."""

    def for_generator(self, step: Step) -> Tensor:
        """How far the lengths at fresh latents are from their running mean, which moves a little toward them."""
        w, painted, draws, weight = step.fresh(_PURPOSE, self.config.share)
        noise = training_noise(draws.child("noise"), painted.picture[0].numel())
        lengths = path_lengths(w, painted.picture, noise)
        counted = torch.full_like(lengths[0], weight * step.draws.count)
        found = step.mean(torch.stack([lengths.detach().mean() * counted, counted])[None])
        self._move(found, (step.images_seen, draws.purpose), draws.first)
        return (lengths - self.mean).square().mean() * weight

    def _move(self, found: Tensor, update: tuple[int, str], first: int) -> None:
        """Move the running mean once in an update, by the mean over its micro-batches so far.

        Args:
            found: the mean length of a micro-batch times what it counts, and what it counts.
            update: which one this is.
            first: of the samples of this micro-batch. Before the last one: memory ran out, and the update began anew.
        """
        if update != self._update:
            self._update, self._before, self._found = update, self.mean.to(found), []
        elif first < self._first:
            self._found = []
        self._first = first
        self._found.append(found)
        lengths, counted = torch.stack(self._found).sum(dim=0)
        # where nothing was counted yet it stays, without asking the device
        self.mean = self._before.lerp(lengths / counted.clamp_min(_TINY), self.config.decay * counted.sign())

    def state_dict(self) -> dict[str, Tensor]:
        """The running mean; it is asked for between two updates, so that the next one is another."""
        self._update = None
        return {"mean": self.mean}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a running mean."""
        self.mean = state["mean"].clone()
        self._update = None


def path_lengths(w: Tensor, picture: Tensor, noise: Tensor) -> Tensor:
    """|Jᵀy| / √(H W) for each picture: the root of the mean square over w's layers.

    The result can be differentiated by the generator's parameters.

    Args:
        w: (B, W) or (B, layers, W), what the pictures were painted from.
        picture: (B, C, H, W).
        noise: y, (B, C H W), standard normal.

    Returns:
        (B,)
    """
    side_px = math.sqrt(picture.shape[2] * picture.shape[3])
    projected = (picture * noise.view_as(picture)).sum() / side_px
    (gradient,) = torch.autograd.grad(projected, w, create_graph=True)
    by_layer = gradient.reshape(len(w), -1, w.shape[-1]).square().sum(dim=2)
    return (by_layer.mean(dim=1) + _TINY).sqrt()
