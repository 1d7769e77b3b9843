"""Sliced Wasserstein distance between patches (T. Karras et al., "Progressive Growing of GANs", 2018, section 5).

It looks at no trained network, so that a job whose losses look at VGG-16 cannot optimise this exam. 7×7 patches of
each level of a Laplacian pyramid say how alike textures are at each scale.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from artgen.quality.bootstrap import Measure, picture_counts
from artgen.quality.features import Batches, over_white
from artgen.seeding import Draws

_PATCH_PX = 7
_PATCHES = 8192
_AT_A_TIME = 64
"""Pictures whose pyramids are there at once."""
_DIRECTIONS = 128
_COARSEST_PX = 16
_RESAMPLES = 10
_RESAMPLED_DIRECTIONS = 16
_UNIT = 1e3
"""As in the paper: thousandths."""
_BINOMIAL = (1.0, 4.0, 6.0, 4.0, 1.0)


@dataclass(frozen=True)
class Slices:
    """One level of the pyramid of the real pictures, ready to be compared with.

    Attributes:
        mean: of each colour channel over the real patches, (C,); likewise `std`.
        directions: (49 C, directions), unit vectors.
        projected: (directions, patches), sorted.
    """

    mean: Tensor
    std: Tensor
    directions: Tensor
    projected: Tensor


class SlicedWasserstein:
    """Compares sets of pictures with the real ones.

    Patches are normalised by the real pictures' mean and deviation per level and channel, not each set by its own as
    in the paper, where a change of colour or contrast would cost nothing.

    Args:
        real: uint8; RGBA is seen over white.
        premultiplied: whether the colour of RGBA is multiplied by alpha already.
    """

    def __init__(self, real: Batches, *, premultiplied: bool = False) -> None:
        levels = _patches_of_levels(real, premultiplied)
        self._levels = [_slices(patches, level) for level, patches in enumerate(levels)]

    def measure(self, fake: Batches, *, premultiplied: bool = False) -> Measure:
        """The distance, averaged over levels, in thousandths; 0 for the same pictures in the same order.

        The interval is two standard errors, from resampling the painted pictures.
        """
        counts = picture_counts(len(fake), _RESAMPLES)
        owner = _owners(len(fake))
        value, values = 0.0, torch.zeros(_RESAMPLES, dtype=torch.float64)
        for slices, patches in zip(self._levels, _patches_of_levels(fake, premultiplied), strict=True):
            projected = (_normalised(patches, slices.mean, slices.std) @ slices.directions).T
            value += _distance(_sorted(projected), slices.projected)
            values += _resampled(projected[:_RESAMPLED_DIRECTIONS], slices.projected, owner, counts)
        scale = _UNIT / len(self._levels)
        margin = 2 * values.std().item() * scale
        return Measure(value * scale, max(0.0, value * scale - margin), value * scale + margin)


def _slices(patches: Tensor, level: int) -> Slices:
    mean, std = patches.mean(dim=(0, 2, 3)), patches.std(dim=(0, 2, 3)).clamp_min(1e-6)
    numbers = patches[0].numel()
    directions = F.normalize(Draws(0, f"quality/swd/direction/{level}", 0, _DIRECTIONS).normal(numbers), dim=1).T
    return Slices(mean, std, directions, _sorted((_normalised(patches, mean, std) @ directions).T))


def _normalised(patches: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return ((patches - mean[:, None, None]) / std[:, None, None]).flatten(1)


def _sorted(projected: Tensor) -> Tensor:
    """Along each direction; by numpy, which sorts float32 several times faster than torch on a CPU."""
    return torch.from_numpy(np.sort(projected.numpy(), axis=1))


def _distance(projected: Tensor, real: Tensor) -> float:
    """The mean difference of sorted projections: the 1-Wasserstein distance, averaged over directions."""
    return (projected - real).abs().mean().item()


def _resampled(projected: Tensor, real: Tensor, owner: Tensor, counts: Tensor) -> Tensor:
    """(R,): the distances when the painted pictures are drawn as often as `counts` (R, N) says.

    Sorted once: a picture that is drawn twice repeats its patches in place.
    """
    order = torch.from_numpy(np.argsort(projected.numpy(), axis=1))
    ordered, owners = projected.gather(1, order).flatten(), owner[order].flatten()
    distances = []
    for drawn in counts:
        repeated = ordered.repeat_interleave(drawn[owners].long()).view(len(order), -1)
        spaced = torch.arange(_PATCHES) * repeated.shape[1] // _PATCHES
        distances.append(_distance(repeated[:, spaced], real[: len(order)]))
    return torch.tensor(distances, dtype=torch.float64)


def _owners(pictures: int) -> Tensor:
    """Which picture each patch is from: all equally often, give or take one."""
    return torch.arange(_PATCHES) * pictures // _PATCHES


def _patches_of_levels(pictures: Batches, premultiplied: bool) -> list[Tensor]:
    """(patches, C, 7, 7) of each level of the Laplacian pyramid, the finest first; places are always the same.

    Pyramids of few pictures at a time are there at once: those of a whole folder would take gigabytes.
    """
    owner = _owners(len(pictures))
    parts = []
    for first in range(0, len(pictures), _AT_A_TIME):
        some = over_white(pictures[first : first + _AT_A_TIME], premultiplied=premultiplied)
        theirs = slice(*torch.searchsorted(owner, torch.tensor([first, first + len(some)])).tolist())
        bands = _pyramid(torch.from_numpy(some).permute(0, 3, 1, 2))
        parts.append([_cut_out(band, owner[theirs] - first, _places(lv)[theirs]) for lv, band in enumerate(bands)])
    return [torch.cat(level) for level in zip(*parts, strict=True)]


def _cut_out(band: Tensor, owner: Tensor, places: Tensor) -> Tensor:
    """(patches, C, 7, 7) from pictures (B, C, H, W), at places that are shares of the way to the last possible one."""
    reach = torch.tensor(band.shape[2:]) - _PATCH_PX + 1
    top, left = torch.minimum((places * reach).long(), reach - 1).unbind(dim=1)
    within = torch.arange(_PATCH_PX)
    rows, columns = top[:, None, None] + within[:, None], left[:, None, None] + within
    return band[owner[:, None, None], :, rows, columns].permute(0, 3, 1, 2)


@functools.cache
def _places(level: int) -> Tensor:
    """(patches, 2) in [0, 1): where in its picture each patch of a level is."""
    return Draws(0, f"quality/swd/place/{level}", 0, _PATCHES).uniform(2)


def _pyramid(pictures: Tensor) -> list[Tensor]:
    """Bands of detail, the finest first, and what remains (P. Burt and E. Adelson, 1983); sizes halve down to 16."""
    x = pictures.float() / 127.5 - 1
    bands = []
    while min(x.shape[2:]) >= 2 * _COARSEST_PX:
        smaller = _blurred(x)[:, :, ::2, ::2]
        bands.append(x - F.interpolate(smaller, size=x.shape[2:], mode="bilinear", align_corners=False))
        x = smaller
    return [*bands, x]


def _blurred(x: Tensor) -> Tensor:
    """By the 5×5 binomial filter, mirrored at the edges, one side after the other."""
    taps = torch.tensor(_BINOMIAL) / sum(_BINOMIAL)
    channels = x.shape[1]
    x = F.pad(x, (2, 2, 2, 2), mode="reflect")
    x = F.conv2d(x, taps.view(1, 1, 1, 5).expand(channels, 1, 1, 5), groups=channels)
    return F.conv2d(x, taps.view(1, 1, 5, 1).expand(channels, 1, 5, 1), groups=channels)
