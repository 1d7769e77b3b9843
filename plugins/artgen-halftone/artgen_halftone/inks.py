"""How much of each ink a colour takes, and what colour inks make on paper."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from artgen.colours import rgb_of
from numpy.typing import NDArray

from artgen_halftone.separation import solved

if TYPE_CHECKING:
    from artgen_halftone.config import HalftoneConfig

Floats = NDArray[np.float32]

_CMYK = {"cyan": "#009fd6", "magenta": "#d5007f", "yellow": "#ffe800", "black": "#1d1d1b"}
_ANGLES = {"cyan": 15.0, "magenta": 75.0, "yellow": 0.0, "black": 45.0}
_OWN_ANGLES = (45.0, 75.0, 15.0, 0.0, 30.0, 60.0)
_GRID = 33
"""Steps of each of red, green and blue between which separations are interpolated."""


@dataclass(frozen=True)
class Ink:
    """One plate.

    Attributes:
        name: part of its file's name.
        light: what it lets through of red, green and blue, linear, 0…1.
        angle: of its screen, in degrees.
    """

    name: str
    light: tuple[float, ...]
    angle: float


def inks_of(config: HalftoneConfig) -> list[Ink]:
    """The inks that a job asks for, in the order of their plates."""
    if config.inks == "cmyk":
        named, angles = dict(_CMYK), list(_ANGLES.values())
    elif config.inks == "black":
        named, angles = {"black": "#000000"}, [45.0]
    else:
        named = {f"ink-{number}": colour for number, colour in enumerate(config.inks, 1)}
        angles = list(_OWN_ANGLES)
    angles = [*config.angles, *angles[len(config.angles) :]]
    paper = linear(np.array(rgb_of(config.paper), np.float32) / 255)
    lights = (linear(np.array(rgb_of(colour), np.float32) / 255) for colour in named.values())
    return [
        Ink(name, tuple(np.clip(light / np.maximum(paper, 1e-4), 0, 1).tolist()), angle)
        for name, light, angle in zip(named, lights, angles, strict=False)
    ]


def linear(srgb: NDArray[np.floating[Any]]) -> Floats:
    """From sRGB to light, 0…1."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4).astype(np.float32)


def encoded(light: Floats) -> Floats:
    """From light to sRGB, 0…1."""
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055).astype(np.float32)


def separated(picture: NDArray[np.uint8], inks: Sequence[Ink], config: HalftoneConfig) -> Floats:
    """How much of the paper each ink covers, so that ink and paper together look most like the picture.

    Dots of several inks lie on each other by chance (M. Demichel, 1924), and where they do their lights multiply:
    paper × Π (1 - a + a × ink). The covers that come closest are found for a grid of colours and interpolated.

    Args:
        picture: (H, W, 3) of sRGB.

    Shape:
        to (inks, H, W) in 0…1
    """
    table = _table(tuple(inks), config.paper, config.black if config.inks == "cmyk" else None)
    return _lightened(_looked_up(table, picture), config.gain)


@functools.lru_cache(maxsize=4)
def _table(inks: tuple[Ink, ...], paper: str, black: float | None) -> Floats:
    """Covers for a grid of colours of sRGB: (_GRID, _GRID, _GRID, inks)."""
    axis = np.linspace(0, 1, _GRID, dtype=np.float32)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    white = linear(np.array(rgb_of(paper), np.float32) / 255)
    lights = np.array([ink.light for ink in inks], np.float32)
    return solved(np.minimum(linear(grid), white), lights, white, black).reshape(_GRID, _GRID, _GRID, -1)


def composed(plates: NDArray[np.bool_], inks: Sequence[Ink], paper: str) -> Floats:
    """What plates look like on paper: (inks, H, W) to (H, W, 3), linear light."""
    number = np.zeros(plates.shape[1:], np.uint8)
    for bit, plate in enumerate(plates):
        number |= plate.astype(np.uint8) << bit
    table = np.tile(linear(np.array(rgb_of(paper), np.float32) / 255), (1 << len(inks), 1))
    for bit, ink in enumerate(inks):
        table[(np.arange(len(table)) >> bit & 1) == 1] *= np.array(ink.light, np.float32)
    return table[number]


def _looked_up(table: Floats, picture: NDArray[np.uint8]) -> Floats:
    """Between the eight nearest colours of the grid: (H, W, 3) to (inks, H, W)."""
    found = np.empty((table.shape[-1], *picture.shape[:2]), np.float32)
    levels = np.arange(256, dtype=np.float32) * ((_GRID - 1) / 255)
    below = np.minimum(levels.astype(np.int64), _GRID - 2)
    share = levels - below
    for top in range(0, len(picture), 256):
        red, green, blue = picture[top : top + 256].transpose(2, 0, 1)
        strip: Floats = np.zeros((*red.shape, table.shape[-1]), np.float32)
        for corner in range(8):
            places, weight = [], np.ones(red.shape, np.float32)
            for bit, channel in enumerate((red, green, blue)):
                upper = corner >> bit & 1
                places.append(below[channel] + upper)
                weight = weight * (share[channel] if upper else 1 - share[channel])
            strip += weight[..., None] * table[places[0], places[1], places[2]]
        found[:, top : top + 256] = strip.transpose(2, 0, 1)
    return found


def _lightened(covers: Floats, gain: float) -> Floats:
    """What must be on the plate so that, grown by 4 g a (1 - a), it is what is wanted on paper."""
    if not gain:
        return covers
    four = np.float32(4 * gain)
    grown: Floats = (1 + four - np.sqrt((1 + four) ** 2 - 4 * four * covers)) / (2 * four)
    return grown
