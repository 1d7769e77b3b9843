"""Pictures as lines of a pen: hatching, a spiral, stipples, circles; all in millimetres from the picture's corner."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from artgen_halftone.config import STEP_MM, wave_of

if TYPE_CHECKING:
    from artgen_halftone.config import HalftoneConfig

Floats = NDArray[np.float64]
AnyFloats = NDArray[np.floating[Any]]

_ANGLES = (45.0, 135.0, 0.0, 90.0)
"""Of hatching: each layer lies over those before it where it is darker."""
_LLOYD_ROUNDS = 16
_DOT_PX = 16
"""Of the raster that is shared out, for a dot where it is darkest: with fewer, dots stand in its rows and columns."""
_LEAST_PX = 384 * 384
_MOST_PX = 1 << 22


@dataclass(frozen=True)
class Stroke:
    """One line from where the pen goes down to where it is lifted; a dot has one point.

    Attributes:
        points: (n, 2), x and y in mm.
        radius: of a circle around the only point; 0 for a line or a dot as wide as the pen.
    """

    points: Floats
    radius: float = 0.0


@dataclass(frozen=True)
class Tone:
    """How dark a picture is, by place.

    Args:
        covered: (H, W), the share that is to be covered, 0…1.
        width: of the picture in mm; likewise `height`.
    """

    covered: NDArray[np.float32]
    width: float
    height: float

    def at(self, x: Floats, y: Floats) -> Floats:
        """The cover at places in mm; none outside."""
        rows, columns = self.covered.shape
        inside = (x >= 0) & (y >= 0) & (x < self.width) & (y < self.height)
        column = np.clip((x * columns / self.width).astype(np.int64), 0, columns - 1)
        row = np.clip((y * rows / self.height).astype(np.int64), 0, rows - 1)
        return np.where(inside, self.covered[row, column], 0.0)


def strokes(tone: Tone, config: HalftoneConfig, seed: int) -> list[Stroke]:
    """The strokes of a picture by the method of a job; their order is not yet a good one."""
    if config.method == "hatch":
        return list(_hatched(tone, config))
    if config.method == "spiral":
        return list(_spiral(tone, config))
    if config.method == "circles":
        return list(_circles(tone, config))
    points, radius = _stipples(tone, config, seed)
    return [Stroke(point[None], radius) for point in points]


def _hatched(tone: Tone, config: HalftoneConfig) -> Iterator[Stroke]:
    """Layers of parallel lines, each where the picture is darker than the layers below it make it."""
    bare, each = 1.0, min(0.95, config.pen_mm / config.spacing_mm)
    for angle in _ANGLES:
        after = bare * (1 - each)
        threshold = 1 - (bare + after) / 2  # half-way between with and without this layer
        bare = after
        for x, y in _parallels(tone, config.spacing_mm, math.radians(angle)):
            drawn = np.concatenate(([False], tone.at(x, y) > threshold, [False]))
            edges = np.flatnonzero(np.diff(drawn.astype(np.int8)))
            for first, last in zip(edges[::2], edges[1::2] - 1, strict=True):
                if last > first:
                    yield Stroke(np.array([[x[first], y[first]], [x[last], y[last]]]))


def _parallels(tone: Tone, spacing: float, angle: float) -> Iterator[tuple[Floats, Floats]]:
    """Points along lines across the picture, from line to line."""
    reach = math.hypot(tone.width, tone.height) / 2
    along = np.arange(-reach, reach, STEP_MM)
    for aside in np.arange(-reach + spacing / 2, reach, spacing):
        x = tone.width / 2 + along * math.cos(angle) - aside * math.sin(angle)
        y = tone.height / 2 - along * math.sin(angle) - aside * math.cos(angle)
        inside = (x >= 0) & (x <= tone.width) & (y >= 0) & (y <= tone.height)
        if inside.any():
            yield x[inside], y[inside]


def _spiral(tone: Tone, config: HalftoneConfig) -> Iterator[Stroke]:
    """One line from the middle outward that swings the further the darker it is."""
    spacing, pen = config.spacing_mm, config.pen_mm
    turns = math.hypot(tone.width, tone.height) / 2 / spacing
    length = math.pi * spacing * turns**2
    wave = wave_of(config)
    turn = np.sqrt(np.linspace(0, 1, max(16, int(length / min(STEP_MM, wave / 8))))) * turns
    angle, radius = 2 * math.pi * turn, spacing * turn
    middle = np.array([tone.width / 2, tone.height / 2])
    dark = tone.at(middle[0] + radius * np.cos(angle), middle[1] + radius * np.sin(angle))
    # a swing of the pen covers about what lies between its turning points
    swing = np.clip(dark * spacing - pen, 0, spacing - pen) / 2
    radius = radius + swing * np.sin(2 * math.pi * math.pi * spacing * turn**2 / wave)
    points = np.stack((middle[0] + radius * np.cos(angle), middle[1] + radius * np.sin(angle)), axis=1)
    inside = ((points >= 0) & (points <= [tone.width, tone.height])).all(axis=1) & (dark > min(0.04, pen / spacing / 4))
    edges = np.flatnonzero(np.diff(np.concatenate(([False], inside, [False])).astype(np.int8)))
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        if last - first > 1:
            yield Stroke(points[first:last])


def _circles(tone: Tone, config: HalftoneConfig) -> Iterator[Stroke]:
    """Filled circles on a grid that is turned by 45 degrees, as large as it is dark."""
    spacing, reach = config.spacing_mm, math.hypot(tone.width, tone.height) / 2
    places = np.arange(-math.ceil(reach / spacing), math.ceil(reach / spacing) + 1) * spacing
    u, v = (grid.ravel() for grid in np.meshgrid(places, places))
    x = tone.width / 2 + (u - v) * math.sqrt(0.5)
    y = tone.height / 2 + (u + v) * math.sqrt(0.5)
    dark = tone.at(x, y)
    radius = spacing * np.sqrt(dark / math.pi)
    edge = np.minimum.reduce([x, y, tone.width - x, tone.height - y])
    for number in np.flatnonzero((dark > 0) & (radius > config.pen_mm / 4)):
        yield Stroke(np.array([[x[number], y[number]]]), float(min(radius[number], edge[number])))


def _stipples(tone: Tone, config: HalftoneConfig, seed: int) -> tuple[Floats, float]:
    """Dots, as many as cover what is dark, spread by weighted Voronoi cells (A. Secord, 2002), and their radius.

    They are as wide as the pen, of radius 0; or where the most there may be are too few, as much larger as the tone takes.
    """
    inked, mean = tone.width * tone.height * float(tone.covered.mean()), float(tone.covered.mean())
    wanted = round(inked / (math.pi * (config.pen_mm / 2) ** 2))
    if wanted < 1:
        return np.zeros((0, 2)), 0.0
    crowd = float(tone.covered.max()) / mean
    count = min(config.most, wanted, max(1, int(_MOST_PX / (_DOT_PX * crowd))))
    radius = math.sqrt(inked / count / math.pi) if count < wanted else 0.0
    pixels = max(_LEAST_PX, count * _DOT_PX * crowd)
    scale = math.sqrt(pixels / (tone.width * tone.height))
    width, height = max(8, round(tone.width * scale)), max(8, round(tone.height * scale))
    column, row = (axis.ravel() for axis in np.meshgrid(np.arange(width), np.arange(height)))
    x, y = (column + 0.5) * tone.width / width, (row + 0.5) * tone.height / height
    weight = tone.at(x, y) + 1e-6
    chance = np.random.Generator(np.random.Philox(seed))
    # an equal share of the tone for each dot, in an order in which neighbours follow each other (G. Morton, 1966)
    bits = range(max(width, height).bit_length())
    order = np.sum([(column >> bit & 1) << 2 * bit | (row >> bit & 1) << 2 * bit + 1 for bit in bits], axis=0).argsort()
    shares = np.cumsum(weight[order])
    start = order[
        np.searchsorted(shares, (np.arange(count) + chance.random(count)) * (shares[-1] / count * (1 - 1e-9)))
    ]
    points = np.stack((x[start], y[start]), axis=1) + chance.uniform(-0.5, 0.5, (count, 2)) / scale
    cells = None
    for _ in range(_LLOYD_ROUNDS):
        cells = _nearest(points * [width / tone.width, height / tone.height], height, width, cells)
        owner = cells.ravel()
        mass = np.bincount(owner, weight, count)
        middle = np.stack([np.bincount(owner, weight * axis, count) for axis in (x, y)], axis=1)
        points = np.where(mass[:, None] > 0, middle / np.maximum(mass, 1e-12)[:, None], points)
    half = min(radius or config.pen_mm / 2, tone.width / 2, tone.height / 2)
    return np.clip(points, half, [tone.width - half, tone.height - half]), radius


def _nearest(points: Floats, height: int, width: int, before: NDArray[np.int64] | None) -> NDArray[np.int64]:
    """Which point is nearest to each pixel, by jump flooding (G. Rong and T.-S. Tan, 2006).

    Args:
        before: whose the pixels were when the points were about where they are; None where that is not known.
    """
    owner = np.full((height, width), -1, np.int64) if before is None else before.copy()
    column = np.clip(points[:, 0].astype(np.int64), 0, width - 1)
    row = np.clip(points[:, 1].astype(np.int64), 0, height - 1)
    owner[row, column] = np.arange(len(points))
    x, y = np.arange(width) + 0.5, (np.arange(height) + 0.5)[:, None]

    def distance(own: NDArray[np.int64]) -> Floats:
        found = (points[own, 0] - x[: own.shape[1]]) ** 2 + (points[own, 1] - y[: own.shape[0]]) ** 2
        return np.where(own < 0, np.inf, found)

    best = distance(owner)
    # points are many and close together: long jumps are of use to few, and one round of short ones more mends the rest
    jump = 1 << max(1, math.ceil(math.log2(2 * math.sqrt(height * width / len(points)) + 1)))
    jumps = (
        [1, *(jump >> step for step in range(jump.bit_length()))]
        if len(points) > 64
        else [1 << step for step in range(max(height, width).bit_length() - 1, -1, -1)]
    )
    if before is not None:
        jumps = [2, 1]
    while True:
        for step in jumps:
            for down in (-step, 0, step):
                for right in (-step, 0, step):
                    if down or right:
                        _take(owner, best, points, x, y, down, right)
        if (owner >= 0).all():
            return owner


def _take(
    owner: NDArray[np.int64], best: Floats, points: Floats, x: AnyFloats, y: AnyFloats, down: int, right: int
) -> None:
    """Let every pixel ask another one that lies so far off whose it is."""
    height, width = owner.shape
    if abs(down) >= height or abs(right) >= width:
        return
    here = (slice(max(0, -down), height - max(0, down)), slice(max(0, -right), width - max(0, right)))
    there = (slice(max(0, down), height + min(0, down)), slice(max(0, right), width + min(0, right)))
    asked = owner[there]
    found = (points[asked, 0] - x[here[1]]) ** 2 + (points[asked, 1] - y[here[0]]) ** 2
    nearer = (asked >= 0) & (found < best[here])
    owner[here] = np.where(nearer, asked, owner[here])
    best[here] = np.where(nearer, found, best[here])
