"""Flips, turns, shifts, scales and rotations of a whole batch, as one affine map and one resampling per picture."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from artgen.seeding import Draws

_CHANCES = 8
_UNIFORM = 5
_NORMAL = 4
_LARGEST_SHIFT = 0.125
"""Of whole pixels, as a share of the side; uniform. The others are standard deviations."""
_SLIDE = 0.125
"""Of a shift by parts of pixels, as a share of the side."""
_OCTAVES = 0.2
"""Of scale and of stretch, in doublings."""


def warp(
    pictures: Tensor, draws: Draws, probability: float | Tensor, *, flips: bool, turns: bool, geometry: bool
) -> Tensor:
    """Move the pixels of each picture; each kind of move happens by its own chance.

    The kinds and their sizes are those of T. Karras et al., "Training generative adversarial networks with limited
    data", 2020, appendix B. What comes into view mirrors the picture. There, resampling goes through a wavelet filter;
    here it is bilinear: it softens a little what is turned or enlarged, and aliases a little in what is shrunk, which
    is to less than two thirds in one of fifty.

    Args:
        pictures: (B, C, H, W), RGBA premultiplied.
        draws: one sample per picture.
        probability: of each kind, a number or a tensor on the device.
        flips: exchange left and right.
        turns: by quarters, or by halves where pictures are not square.
        geometry: shift, scale, stretch, rotate.

    Returns:
        (B, C, H, W). A picture to which nothing happened keeps its very bits.
    """
    height, width = pictures.shape[2:]
    # always as many, so that turning one kind off changes nothing in the others
    uniform, normal = draws.uniform(_CHANCES + _UNIFORM), draws.normal(_NORMAL)
    flipped, turned, shifted, scaled, rotated, stretched, rotated_again, slid = _happening(
        uniform[:, :_CHANCES], probability, flips=flips, turns=turns, geometry=geometry
    ).unbind(dim=1)
    turn, angle, angle_after, across, down = uniform[:, _CHANCES:].unbind(dim=1)

    quarters = torch.floor(turn * 4) if height == width else 2 * torch.floor(turn * 2)
    before = math.pi * (quarters / 2 * turned + (2 * angle - 1) * rotated)
    after = math.pi * (2 * angle_after - 1) * rotated_again
    scale = torch.exp2(_OCTAVES * normal[:, 0] * scaled)
    stretch = torch.exp2(_OCTAVES * normal[:, 1] * stretched)
    to_x, to_y = _linear_map(1 - 2.0 * flipped, before, scale * stretch, scale / stretch, after)

    shift_x = _whole_pixels(across, width) * shifted + _SLIDE * normal[:, 2] * slid
    shift_y = _whole_pixels(down, height) * shifted + _SLIDE * normal[:, 3] * slid

    moved = flipped | turned | shifted | scaled | rotated | stretched | rotated_again | slid
    moves = (*to_x, *to_y, shift_x, shift_y)
    if pictures.device.type != "cpu":  # asking which would wait for the device
        return torch.where(moved[:, None, None, None], _resampled(pictures, *moves), pictures)
    which = moved.nonzero().squeeze(1)
    return pictures.index_copy(0, which, _resampled(pictures[which], *(numbers[which] for numbers in moves)))


def _resampled(
    pictures: Tensor, xx: Tensor, yx: Tensor, xy: Tensor, yy: Tensor, shift_x: Tensor, shift_y: Tensor
) -> Tensor:
    """Each picture's pixel (x, y) taken from (xx x + yx y + shift_x, xy x + yy y + shift_y), bilinearly."""
    height, width = pictures.shape[2:]
    # `grid_sample` counts from -1 to 1 along either side, so that lengths are in half sides
    x = _centers(width, pictures.device)[None, None, :]
    y = _centers(height, pictures.device)[None, :, None]
    aspect = width / height
    from_x = _each(xx) * x + (_each(yx) / aspect * y + _each(2 * shift_x))
    from_y = _each(xy) * aspect * x + (_each(yy) * y + _each(2 * shift_y))
    grid = torch.stack((from_x, from_y), dim=3).to(pictures.dtype)
    return F.grid_sample(pictures, grid, mode="bilinear", padding_mode="reflection", align_corners=False)


def _happening(chance: Tensor, probability: float | Tensor, *, flips: bool, turns: bool, geometry: bool) -> Tensor:
    """(B, 8): which kinds happen to which picture."""
    # a turn by any angle stands before and after the stretch: one of the two happens with the probability of a kind
    once = 1 - (1 - probability) ** 0.5
    moves = (probability, probability, once, probability, once, probability)
    limits = [probability * (0.5 * flips), probability * turns, *(move * geometry for move in moves)]
    return torch.stack([number < limit for number, limit in zip(chance.unbind(dim=1), limits, strict=True)], dim=1)


def _linear_map(
    mirror: Tensor, before: Tensor, across: Tensor, down: Tensor, after: Tensor
) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """The rows of diag(mirror, 1) R(before) diag(across, down) R(after), with R a rotation by an angle."""
    (sin, cos), (sin_after, cos_after) = (before.sin(), before.cos()), (after.sin(), after.cos())
    row_x = (
        mirror * (cos * across * cos_after - sin * down * sin_after),
        -mirror * (cos * across * sin_after + sin * down * cos_after),
    )
    row_y = (
        sin * across * cos_after + cos * down * sin_after,
        cos * down * cos_after - sin * across * sin_after,
    )
    return row_x, row_y


def _whole_pixels(uniform: Tensor, side_px: int) -> Tensor:
    """A shift by whole pixels up to the largest, as a share of the side."""
    return torch.round(_LARGEST_SHIFT * side_px * (2 * uniform - 1)) / side_px


def _centers(side_px: int, device: torch.device) -> Tensor:
    """Where the middles of a side's pixels are, in -1…1."""
    return (torch.arange(side_px, device=device) * 2 + 1) / side_px - 1


def _each(numbers: Tensor) -> Tensor:
    return numbers[:, None, None]
