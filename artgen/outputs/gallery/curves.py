"""Curves of a training as inline SVG: no script, no files, colours from the page's style."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup, escape

_WIDTH, _HEIGHT = 360, 210
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 22, 24
_LETTER_PX = 7.2
_LABEL_PX = 15
_MOST_POINTS = 160
_LOG_FROM_RATIO = 30

Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """One curve.

    Attributes:
        name: at its end.
        points: (x, y), by x.
        band: (x, low, high) of an interval around it.
        dots: mark each point; for curves of few.
    """

    name: str
    points: Sequence[Point]
    band: Sequence[tuple[float, float, float]] = field(default=())
    dots: bool = False


@dataclass(frozen=True)
class Mark:
    """Something that happened, as a dotted line with its name above; the text shows under the pointer."""

    x: float
    name: str
    text: str


@dataclass(frozen=True)
class Level:
    """A value to compare with, as a dashed line across."""

    y: float
    name: str


def chart(title: str, lines: Sequence[Line], *, marks: Sequence[Mark] = (), level: Level | None = None) -> Markup:
    """A drawing of some curves over one axis; "" when there is nothing to draw.

    Args:
        title: what is shown, also for those who cannot see it.
        lines: at most three; two points each at least, or they are left out.
        marks: those that matter most first; what follows the last point is left out.
    """
    lines = [Line(line.name, thinned(line.points), line.band, line.dots) for line in lines if len(line.points) > 1]
    if not lines:
        return Markup("")
    values = [y for line in lines for _, y in line.points] + ([level.y] if level else [])
    lowest, highest = min(values), max([*values, *(high for line in lines for _, _, high in line.band)])
    log = lowest > 0 and highest / lowest > _LOG_FROM_RATIO
    last = max(x for line in lines for x, _ in line.points)
    x_ticks = [tick for tick in ticks(0, last, 4) if tick <= last * 1.001]
    y_ticks = log_ticks(lowest, highest) if log else ticks(min(0.0, lowest), highest, 4)
    ends = [(line.points[-1][1], f"c{number}", line.name) for number, line in enumerate(lines, 1)]
    if level:
        ends.append((level.y, "at", level.name))
    named = ends if len(ends) > 1 else []
    right = _WIDTH - _RIGHT - max((len(name) * _LETTER_PX for _, _, name in named), default=0.0)
    across = _scale(0, last, _LEFT, right)
    down = _scale(y_ticks[0], y_ticks[-1], _HEIGHT - _BOTTOM, _TOP, log=log)
    told = f"{title}, over thousands of training pictures. " + " ".join(_in_words(line) for line in lines)
    parts = [
        f'<svg class="curves" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(told)}">',
        *_axes(x_ticks, y_ticks, across, down, right),
        *_events([mark for mark in marks if mark.x <= last], across),
    ]
    if level:
        y = down(level.y)
        parts.append(f'<line class="level" x1="{_LEFT}" x2="{right:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>')
    for number, line in enumerate(lines, 1):
        parts += _drawn(line, number, across, down, y_ticks[0])
    parts += _names([(down(y), kind, name) for y, kind, name in named], right)
    return Markup("".join([*parts, "</svg>"]))  # noqa: S704 - every text in it is escaped


def thinned(points: Sequence[Point]) -> list[Point]:
    """At most 160 points: means over equal stretches, the last point kept."""
    if len(points) <= _MOST_POINTS:
        return list(points)
    size = len(points) / (_MOST_POINTS - 1)
    groups = [points[int(i * size) : int((i + 1) * size)] for i in range(_MOST_POINTS - 1)]
    means = [(sum(x for x, _ in g) / len(g), sum(y for _, y in g) / len(g)) for g in groups if g]
    return [*means, points[-1]]


def ticks(low: float, high: float, about: int) -> list[float]:
    """Round numbers from under `low` to over `high`."""
    if high <= low:
        high = low + 1
    rough = (high - low) / about
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * factor for factor in (1, 2, 2.5, 5, 10) if unit * factor >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [index * step for index in range(first, last + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """1, 3, 10, 30… around a range of positive numbers."""
    steps = [10.0**decade * factor for decade in range(-12, 13) for factor in (1, 3)]
    first = max((index for index, step in enumerate(steps) if step <= low * 1.001), default=0)
    last = min((index for index, step in enumerate(steps) if step >= high * 0.999), default=len(steps) - 1)
    return steps[first : last + 1]


def _scale(low: float, high: float, start: float, end: float, *, log: bool = False) -> Callable[[float], float]:
    if log:
        inner = _scale(math.log(low), math.log(high), start, end)
        return lambda value: inner(math.log(max(value, low)))
    return lambda value: start + (min(max(value, low), high) - low) / ((high - low) or 1) * (end - start)


def _axes(
    x_ticks: Sequence[float],
    y_ticks: Sequence[float],
    across: Callable[[float], float],
    down: Callable[[float], float],
    right: float,
) -> list[str]:
    parts = []
    for value in y_ticks:
        y = down(value)
        parts.append(f'<line class="rule" x1="{_LEFT}" x2="{right:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="tick" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_number(value)}</text>')
    for value in x_ticks:
        x = across(value)
        parts.append(f'<text class="tick" x="{x:.1f}" y="{_HEIGHT - 6}" text-anchor="middle">{_number(value)}</text>')
    return parts


def _events(marks: Sequence[Mark], across: Callable[[float], float]) -> list[str]:
    """Dotted lines; a name that would run into an earlier one is left out."""
    parts = []
    taken: list[tuple[float, float]] = []
    for mark in marks:
        x = across(mark.x)
        half = (len(mark.name) + 1) * _LETTER_PX / 2
        name = ""
        if all(abs(x - other) > half + other_half for other, other_half in taken):
            name = f'<text class="happened" x="{x:.1f}" y="{_TOP - 9}" text-anchor="middle">{escape(mark.name)}</text>'
            taken.append((x, half))
        parts.append(
            f"<g><title>{escape(mark.name)}: {escape(mark.text)}</title>{name}"
            f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP - 4}" y2="{_HEIGHT - _BOTTOM}"/></g>'
        )
    return parts


def _drawn(
    line: Line, number: int, across: Callable[[float], float], down: Callable[[float], float], bottom: float
) -> list[str]:
    parts = []
    if len(line.band) > 1:
        there = [f"{across(x):.1f},{down(high):.1f}" for x, _, high in line.band]
        back = [f"{across(x):.1f},{down(max(low, bottom)):.1f}" for x, low, _ in reversed(line.band)]
        parts.append(f'<polygon class="band c{number}" points="{" ".join(there + back)}"/>')
    places = [(across(x), down(y)) for x, y in line.points]
    parts.append(f'<polyline class="line c{number}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}"/>')
    if line.dots:
        parts += [f'<circle class="dot c{number}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in places]
    return parts


def _names(ends: Sequence[tuple[float, str, str]], right: float) -> list[str]:
    """(height, class, name) beside the end of each curve, moved apart where ends are close."""
    ordered = sorted(ends)
    heights: list[float] = []
    for y, _, _ in ordered:
        heights.append(max(y, heights[-1] + _LABEL_PX) if heights else y)
    floor = float(_HEIGHT - _BOTTOM)
    for index in reversed(range(len(heights))):
        heights[index] = min(heights[index], floor)
        floor = heights[index] - _LABEL_PX
    return [
        f'<text class="key {kind}" x="{right + 7:.1f}" y="{height + 4:.1f}">{escape(name)}</text>'
        for height, (_, kind, name) in zip(heights, ordered, strict=True)
    ]


def _in_words(line: Line) -> str:
    (_, first), (_, last) = line.points[0], line.points[-1]
    return f"{line.name} goes from {_number(first)} to {_number(last)}."


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
