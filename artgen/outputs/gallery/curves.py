"""Curves of a training as inline SVG: no script, no files, colours from the page's style."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup, escape

_WIDTH, _HEIGHT = 480, 270
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 16, 16, 46
_MOST_POINTS = 160
_LOG_FROM_RATIO = 30

Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """One curve.

    Attributes:
        name: in the legend.
        points: (x, y), by x.
        band: (x, low, high) of an interval around it.
        dots: mark each point; for curves of few.
    """

    name: str
    points: Sequence[Point]
    band: Sequence[tuple[float, float, float]] = field(default=())
    dots: bool = False


def chart(title: str, lines: Sequence[Line], *, x_label: str, marks: Sequence[tuple[float, str]] = ()) -> Markup:
    """A drawing of some curves over one axis; "" when there is nothing to draw.

    Args:
        title: what is shown, also for those who cannot see it.
        lines: at most three; two points each at least, or they are left out.
        x_label: under the axis.
        marks: (x, text) of what happened.
    """
    lines = [Line(line.name, thinned(line.points), line.band, line.dots) for line in lines if len(line.points) > 1]
    if not lines:
        return Markup("")
    values = [y for line in lines for _, y in line.points]
    log = min(values) > 0 and max(values) / min(values) > _LOG_FROM_RATIO
    x_ticks = ticks(0, max(x for line in lines for x, _ in line.points), 5)
    y_ticks = log_ticks(min(values), max(values)) if log else ticks(min(0.0, *values), max(values), 4)
    across = _scale(0, x_ticks[-1], _LEFT, _WIDTH - _RIGHT)
    down = _scale(y_ticks[0], y_ticks[-1], _HEIGHT - _BOTTOM, _TOP, log=log)
    told = f"{title}. " + " ".join(_in_words(line) for line in lines)
    parts = [
        f'<svg class="curves" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(told)}">',
        *_axes(x_ticks, y_ticks, across, down, x_label),
        *_events(marks, across),
    ]
    for number, line in enumerate(lines, 1):
        parts += _drawn(line, number, across, down, y_ticks[0])
    parts += _legend(lines) if len(lines) > 1 else []
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
    x_label: str,
) -> list[str]:
    floor = _HEIGHT - _BOTTOM
    parts = []
    for value in y_ticks:
        y = down(value)
        parts.append(f'<line class="rule" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="tick" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_number(value)}</text>')
    for value in x_ticks:
        x = across(value)
        parts.append(f'<text class="tick" x="{x:.1f}" y="{floor + 18}" text-anchor="middle">{_number(value)}</text>')
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(f'<text class="tick" x="{middle}" y="{_HEIGHT - 8}" text-anchor="middle">{escape(x_label)}</text>')
    return parts


def _events(marks: Sequence[tuple[float, str]], across: Callable[[float], float]) -> list[str]:
    return [
        f'<line class="mark" x1="{across(x):.1f}" x2="{across(x):.1f}" y1="{_TOP}" y2="{_HEIGHT - _BOTTOM}">'
        f"<title>{escape(text)}</title></line>"
        for x, text in marks
    ]


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


def _legend(lines: Sequence[Line]) -> list[str]:
    parts = []
    x = float(_WIDTH - _RIGHT)
    for number, line in reversed(list(enumerate(lines, 1))):
        x -= 7.2 * len(line.name)
        parts.append(f'<text class="key" x="{x:.0f}" y="{_TOP + 6}">{escape(line.name)}</text>')
        parts.append(
            f'<line class="line c{number}" x1="{x - 22:.0f}" x2="{x - 6:.0f}" y1="{_TOP + 2}" y2="{_TOP + 2}"/>'
        )
        x -= 40
    return parts


def _in_words(line: Line) -> str:
    (_, first), (_, last) = line.points[0], line.points[-1]
    return f"{line.name} goes from {_number(first)} to {_number(last)}."


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
