"""Style mixing: the coarse layers of a picture steered by one latent, the fine ones by another."""

from __future__ import annotations

import re
from collections.abc import Collection

import torch
from torch import Tensor

from artgen.errors import ArtgenError
from artgen.latents.sampler import Sampler

_ONE_W = "this generator paints a picture from one w, which cannot be mixed"
_LAYERED = "stylegan-lite steers each layer by a w of its own"


def mix_styles(sampler: Sampler, w: Tensor, other: Tensor, layers: Collection[int]) -> Tensor:
    """A point that has another's styles in some layers.

    Coarse layers decide on pose and shape, fine ones on colours and texture (T. Karras et al., "A style-based generator
    architecture for generative adversarial networks", 2019, section 3.1). A direction is followed in some layers alone
    by mixing a point with the same one moved.

    Args:
        sampler: of the generator that will paint it.
        w: a point, as `Sampler.points` returns it or mixed before.
        other: likewise.
        layers: of the sampler's `layers`, 0 the coarsest: such as ``range(4)``.

    Shape:
        (D,) or (layers, D) each to (layers, D), a point for `Sampler.along`

    Raises:
        ArtgenError: the generator has no w for each layer, or not that many layers.
    """
    if not sampler.layers:
        raise ArtgenError(_ONE_W, hint=_LAYERED)
    unknown = sorted(set(layers).difference(range(sampler.layers)))
    if unknown:
        raise ArtgenError(
            f"the generator has no layer {unknown[0]}", hint=f"its layers are 0, the coarsest, to {sampler.layers - 1}"
        )
    chosen = torch.zeros(sampler.layers, 1, dtype=torch.bool)
    chosen[list(layers)] = True
    return torch.where(chosen, other, w)


def layers_of(sampler: Sampler, text: str, where: str = "") -> range:
    """The layers that ``coarse``, ``middle`` or ``fine`` mean, a third of all each, or numbers such as ``"0-3"``.

    Args:
        sampler: of the generator.
        text: what a job says.
        where: the place that says it, for errors.

    Raises:
        ArtgenError: it means no layers of this generator.
    """
    count = sampler.layers
    if not count:
        raise ArtgenError(_ONE_W, where=where, hint=_LAYERED)
    third = count / 3
    named = {
        "coarse": range(round(third)),
        "middle": range(round(third), round(2 * third)),
        "fine": range(round(2 * third), count),
    }
    if text in named:
        return named[text]
    numbers = re.fullmatch(r"(\d+)(?:-(\d+))?", text)
    found = range(int(numbers[1]), int(numbers[2] or numbers[1]) + 1) if numbers else range(0)
    if not found or found[-1] >= count:
        raise ArtgenError(
            f"'{text}' are no layers of this generator",
            where=where,
            hint=f"Write coarse, middle or fine, or numbers from 0, the coarsest, to {count - 1}, such as '0-3'.",
        )
    return found
