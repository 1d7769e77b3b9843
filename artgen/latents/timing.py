"""Which place on a path each frame shows: evenly by how far the pictures change, or evenly in keys.

Equal steps through latent space are not equal to the eye: here the picture hardly moves, there it jumps. So a path is
measured first, as a length of arc that grows with the distance of pictures, and walked at a constant speed along that.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, get_args

Easing = Literal["linear", "ease-in", "ease-out", "ease-in-out", "hold"]
EASINGS: tuple[Easing, ...] = get_args(Easing)

_LEAST_SHARE = 0.02
_LEAST = 1e-9
"""Of a gap: in the mean one, and where nothing changes anywhere."""

_EASED: dict[Easing, Callable[[float], float]] = {
    "linear": lambda share: share,
    "ease-in": lambda share: share**2,
    "ease-out": lambda share: 1 - (1 - share) ** 2,
    "ease-in-out": lambda share: share**2 * (3 - 2 * share),
    "hold": lambda _share: 0.0,
}
"""How much of the way is done after a share of the time, both 0 to 1."""


@dataclass(frozen=True)
class Timing:
    """A measured path.

    Attributes:
        positions: on the path, rising from 0 to its length; all keys are among them.
        arcs: how far the picture has changed until there, strictly rising from 0.
    """

    positions: tuple[float, ...]
    arcs: tuple[float, ...]

    def at_key(self, key: int) -> float:
        """The arc at a key."""
        return self.arcs[bisect_right(self.positions, key) - 1]

    def position(self, arc: float) -> float:
        """Where on the path an arc ends: a cubic through what was measured that never goes back.

        F. Fritsch and J. Butland, "A method for constructing local monotone piecewise cubic interpolants", 1984.
        """
        index = min(max(bisect_right(self.arcs, arc) - 1, 0), len(self.arcs) - 2)
        first, last = self.arcs[index], self.arcs[index + 1]
        begin, end = self.positions[index], self.positions[index + 1]
        share, span = (arc - first) / (last - first), last - first
        slopes = self._slope(index) * span, self._slope(index + 1) * span
        rise = end - begin
        cubic = slopes[0] + slopes[1] - 2 * rise
        found = begin + share * (slopes[0] + share * (3 * rise - 2 * slopes[0] - slopes[1] + share * cubic))
        return min(max(found, begin), end)

    def _slope(self, index: int) -> float:
        """Of the cubic at a measured place: the harmonic mean of those around it, the wider interval counting less."""
        around = [
            (self.arcs[end] - self.arcs[end - 1], self.positions[end] - self.positions[end - 1])
            for end in (index, index + 1)
            if 0 < end < len(self.arcs)
        ]
        if len(around) == 1:
            return around[0][1] / around[0][0]
        (span, rise), (next_span, next_rise) = around
        weights = 2 * next_span + span, next_span + 2 * span
        return sum(weights) / (weights[0] * span / rise + weights[1] * next_span / next_rise)


@dataclass(frozen=True)
class Pace:
    """Which position of a path each frame shows; keys are shown exactly.

    Attributes:
        starts: the frame at which each way between two keys begins, and the one at which the last ends.
        easings: of each way.
        timing: steps are even along its arc; without one, in keys.
    """

    starts: Sequence[int]
    easings: Sequence[Easing]
    timing: Timing | None = None

    def position(self, frame: int) -> float:
        """Where the path is at a frame."""
        way = bisect_right(self.starts, frame) - 1
        if way == len(self.starts) - 1:
            return float(way)
        share = (frame - self.starts[way]) / (self.starts[way + 1] - self.starts[way])
        eased = _EASED[self.easings[way]](share)
        if eased == 0 or self.timing is None:
            return way + eased
        first, last = self.timing.at_key(way), self.timing.at_key(way + 1)
        return self.timing.position(first + eased * (last - first))


def steady_pace(length: int, steps: int, timing: Timing | None = None) -> Pace:
    """The pace of a film that goes along a path at one speed.

    Args:
        length: of the path, in keys.
        steps: from frame to frame.
        timing: the speed is that of the picture; without it each way between two keys takes as long.
    """
    keys = range(length + 1)
    arcs = [timing.at_key(key) for key in keys] if timing else list(map(float, keys))
    return Pace([round(steps * arc / arcs[-1]) for arc in arcs], ["linear"] * length, timing)


def there_and_back(timing: Timing) -> Timing:
    """The timing of a path followed by the same way back."""
    positions, arcs = (
        (*way, *(2 * way[-1] - place for place in way[-2::-1])) for way in (timing.positions, timing.arcs)
    )
    return Timing(positions, arcs)


def timing_of(positions: Sequence[float], gaps: Sequence[float]) -> Timing:
    """The timing of a path from how far neighbouring places on it are apart.

    What does not change at all still takes some time, so that every arc ends at one place.
    """
    least = max(_LEAST_SHARE * sum(gaps) / len(gaps), _LEAST)
    return Timing(tuple(positions), (0.0, *accumulate(max(gap, least) for gap in gaps)))
