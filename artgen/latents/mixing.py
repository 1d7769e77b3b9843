"""Style mixing: the coarse layers of a picture steered by one latent, the fine ones by another."""

from __future__ import annotations

from collections.abc import Collection

import torch
from torch import Tensor

from artgen.errors import ArtgenError
from artgen.latents.sampler import Sampler


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
        raise ArtgenError(
            "this generator paints a picture from one w, which cannot be mixed",
            hint="stylegan-lite steers each layer by a w of its own",
        )
    unknown = sorted(set(layers).difference(range(sampler.layers)))
    if unknown:
        raise ArtgenError(
            f"the generator has no layer {unknown[0]}", hint=f"its layers are 0, the coarsest, to {sampler.layers - 1}"
        )
    chosen = torch.zeros(sampler.layers, 1, dtype=torch.bool)
    chosen[list(layers)] = True
    return torch.where(chosen, other, w)
