"""Brightness, contrast, hue and saturation of a whole batch, as one matrix and one sum per picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from artgen.seeding import Draws

_COLORS = 3
_UNIFORM = 6
_NORMAL = 3


@dataclass(frozen=True)
class Ranges:
    """How far the colours of a picture go.

    Attributes:
        brightness: standard deviation, of a range of 2.
        contrast: standard deviation, in doublings.
        saturation: standard deviation, in doublings.
        hue: the most that it is turned to either side, in radians.
        exchanged: how often dark and light are exchanged, as a share of the probability of the other changes.
    """

    brightness: float = 0.2
    contrast: float = 0.5
    saturation: float = 1.0
    hue: float = math.pi
    exchanged: float = 0.5


FULL = Ranges()
"""Those of the paper."""
NATURAL = Ranges(contrast=0.3, saturation=0.5, hue=0.4 * math.pi, exchanged=0.0)
"""Photographs still look like photographs."""


def recolor(pictures: Tensor, draws: Draws, probability: float | Tensor, ranges: Ranges = FULL) -> Tensor:
    """Change the colours of each picture; each kind of change happens by its own chance.

    The kinds and their sizes are those of T. Karras et al., "Training generative adversarial networks with limited
    data", 2020, appendix B: brightness b, contrast c, dark and light exchanged (l = -1), hue turned by an angle h, and
    saturation s. All leave the axis of greys in place, so together they are

        c s (cos h x + sin h (x × v)) + c (l - s cos h) m + c l b

    with v that axis, of length 1, and m a pixel's mean over its channels. Nothing is clamped: a clamp has no gradient.

    Args:
        pictures: (B, C, H, W) in [-1, 1]; of grey ones only b, c and l change anything.
        draws: one sample per picture.
        probability: of each kind, a number or a tensor on the device.
        ranges: how far each goes; those of the paper by default.

    Returns:
        (B, C, H, W), somewhat beyond [-1, 1]. On premultiplied RGBA it is the straight colour that changes; alpha stays.
    """
    # always as many, so that turning one kind off changes nothing in the others
    chance, normal = draws.uniform(_UNIFORM), draws.normal(_NORMAL)
    *chances, turn = chance.unbind(dim=1)
    limits = (probability, probability, probability * ranges.exchanged, probability, probability)
    happening = [number < limit for number, limit in zip(chances, limits, strict=True)]
    brightens, contrasts, exchanges, turns, saturates = happening
    brightness = ranges.brightness * normal[:, 0] * brightens
    contrast = torch.exp2(ranges.contrast * normal[:, 1] * contrasts)
    light = contrast * (1 - 2.0 * exchanges)
    hue = ranges.hue * (2 * turn - 1) * turns
    saturation = torch.exp2(ranges.saturation * normal[:, 2] * saturates)
    changes = (brightness, contrast, light, hue, saturation)
    if pictures.device.type != "cpu":  # asking which are changed would wait for the device
        return _recolored(pictures, *changes)
    which = torch.stack(happening).any(dim=0).nonzero().squeeze(1)
    return pictures.index_copy(0, which, _recolored(pictures[which], *(numbers[which] for numbers in changes)))


def _recolored(
    pictures: Tensor, brightness: Tensor, contrast: Tensor, light: Tensor, hue: Tensor, saturation: Tensor
) -> Tensor:
    """By numbers of each picture, (B,); light is the contrast, negative where dark and light are exchanged."""
    color, alpha = pictures[:, :_COLORS], pictures[:, _COLORS:]
    if alpha.shape[1]:
        # counted from black, and weighted by alpha: what is wholly transparent stays -1
        coverage = (alpha + 1) * 0.5
        offset = _each(light - 1, color) + _each(light * brightness - (light - 1), color) * coverage
    else:
        offset = _each(light * brightness, color)
    if color.shape[1] == 1:
        color = torch.addcmul(offset, color, _each(light, color))
    else:
        plain = contrast * saturation * hue.cos()
        across = contrast * saturation * hue.sin() / math.sqrt(3)
        gray = (light - plain) / 3
        # the rest of a matrix whose rows are shifted copies of one another
        kept, next_one, one_after = plain + gray, gray + across, gray - across
        mixed = torch.addcmul(offset, color, _each(kept, color))
        mixed = torch.addcmul(mixed, color.roll(-1, dims=1), _each(next_one, color))
        color = torch.addcmul(mixed, color.roll(-2, dims=1), _each(one_after, color))
    return torch.cat((color, alpha), dim=1) if alpha.shape[1] else color


def _each(numbers: Tensor, like: Tensor) -> Tensor:
    return numbers.to(like.dtype)[:, None, None, None]
