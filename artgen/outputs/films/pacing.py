"""How the frames of a film are spread over its path; what is measured for it is kept beside its segments."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path as File
from typing import TYPE_CHECKING

from artgen.errors import InterruptedRun
from artgen.latents.paths import ThereAndBack
from artgen.latents.timing import Pace, Timing, steady_pace, there_and_back
from artgen.latents.timing_probe import MOST, Look, Stretch, probe
from artgen.runs.files import write_text

if TYPE_CHECKING:
    from artgen.latents.paths import Path
    from artgen.latents.sampler import Picture, Sampler
    from artgen.outputs.films.reel import Reel
    from artgen.runs.store import Run
    from artgen.shards import Shard

_MOST_LOOKED_AT = 4
_FEWEST, _MOST_TOGETHER = 6, 192
"""Places that are looked at between two keys of all paths of a film together, where they are many."""


def pace_along(length: int, frames: int, timing: Timing | None, *, closed: bool) -> Pace:
    """The pace of a film that goes along all of a path at one speed.

    After the last frame of a closed path comes the first, at the usual step; an open path ends with its last frame.
    """
    return steady_pace(length, frames if closed else max(frames - 1, 1), timing)


def timings_of(paths: Sequence[Path], source: Sampler, reel: Reel) -> list[Timing]:
    """Measure paths, or read what was measured of them when the film was begun.

    Raises:
        InterruptedRun: the user asked to stop.
        ArtgenError: a picture cannot be painted, or there is no room.
    """

    def measured(path: Path, number: int, each_key: Callable[[], object]) -> Timing:
        if isinstance(path, ThereAndBack):
            return there_and_back(measured(path.path, number, each_key))
        look = looking(lambda places: source.along(path.points(places)), reel.run)
        most = min(MOST, max(_FEWEST, _MOST_TOGETHER // len(paths)))
        return probe(path.length, look, source.device, most, sharing_of(reel, number), each_key)

    def measure() -> list[Timing]:
        sharing = sharing_of(reel)
        each_key = telling_how_far(reel, sum(map(_keys_of, paths)))
        found = {number: measured(paths[number], number, each_key) for number in _order(sharing, len(paths))}
        return [found[number] for number in range(len(paths))]

    return kept_timings(reel, measure)


def _keys_of(path: Path) -> int:
    return _keys_of(path.path) if isinstance(path, ThereAndBack) else path.length


def telling_how_far(reel: Reel, keys: int) -> Callable[[], None]:
    """Tells at once that none of the keys of a film is measured, and one more each time that it is called."""
    measured = itertools.count()

    def tell() -> None:
        reel.run.on_progress(f"measuring {reel.name}", next(measured), keys)

    tell()
    return tell


def kept_timings(reel: Reel, measure: Callable[[], list[Timing]]) -> list[Timing]:
    """What `measure` finds, once for all processes that paint at a film: so the same frames come of all of them.

    Raises:
        ArtgenError: there is no room.
    """
    file = reel.timing
    if not file.is_file():
        found = json.dumps([[timing.positions, timing.arcs] for timing in measure()])
        file.parent.mkdir(exist_ok=True)
        if not file.is_file():
            write_text(file, found)
    told = json.loads(file.read_text(encoding="utf-8"))
    return [Timing(tuple(positions), tuple(arcs)) for positions, arcs in told]


@dataclass(frozen=True)
class SharedMeasuring:
    """Shards measure the paths of their film together: what one has found is in a file that the others read.

    Attributes:
        folder: of the files.
        shard: which begins where, so that each finds something else.
        path: number of the path.
    """

    folder: File
    shard: Shard
    path: int

    def order(self, count: int) -> list[int]:
        """All numbers below `count`, this shard's part of them first."""
        first = self.shard.index * count // self.shard.count
        return [*range(first, count), *range(first)]

    def stretch(self, key: int, measure: Callable[[], Stretch]) -> Stretch:
        """What was found behind a key, by whoever came first; they all find the same."""
        file = self.folder / f"{self.path}-{key}.json"
        if not file.is_file():
            self.folder.mkdir(parents=True, exist_ok=True)
            write_text(file, json.dumps(measure()))
        places, gaps = json.loads(file.read_text(encoding="utf-8"))
        return places, gaps


def sharing_of(reel: Reel, path: int = 0) -> SharedMeasuring | None:
    """With whom a path of a film is measured; None where one process makes all of it."""
    return SharedMeasuring(reel.folder.with_suffix(".measured"), reel.shard, path) if reel.shard else None


def _order(sharing: SharedMeasuring | None, count: int) -> Iterable[int]:
    return sharing.order(count) if sharing else range(count)


def looking(paint: Callable[[Sequence[float]], Iterable[Picture]], run: Run, count: int = 1) -> Look:
    """Looks at a path every place of which is so many pictures, painted one after the other.

    Raises:
        InterruptedRun: the user asked to stop.
    """

    def look(places: Sequence[float]) -> Iterator[list[Picture]]:
        pictures = iter(paint(places))
        while seen := list(islice(pictures, count)):
            if run.interrupted():
                told = "stopped while the path of a film was measured"
                raise InterruptedRun(told, hint="The same command goes on from here.")
            yield seen

    return look


def some_of(seeds: Sequence[int]) -> Sequence[int]:
    """The seeds that stand for all where many change together: measuring takes long."""
    return seeds[:: -(-len(seeds) // _MOST_LOOKED_AT)]
