"""``NAME.html`` beside the runs of a sweep, and the small pictures that it shows."""

from __future__ import annotations

import itertools
import math
import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from artgen.outputs.comparison.shown import Row, rows_of
from artgen.outputs.gallery.document import BASE_STYLE, render_page
from artgen.outputs.overview.matrix import Axis, axes_of, value_of
from artgen.outputs.overview.one_run import OneRun
from artgen.outputs.overview.thumbnails import Thumbnails
from artgen.outputs.works import anchor_of
from artgen.runs.files import write_text

_HERE = Path(__file__).parent
_VIEWER_STYLE = _HERE.parent / "gallery" / "viewer.css"
MARK = '<meta name="artgen" content="comparison">'
"""What the page says of itself, so that no other one is ever written over."""
PICTURES = "-pictures"
"""The folder beside the page is called as the page is, with this behind it."""
_TAKEN = "index"
_INFO_PX = 100
"""Length of the scale under a picture, in its own units."""


@dataclass(frozen=True)
class Cell:
    """A run as the page shows it.

    Attributes:
        places: index of its value on every axis.
        words: its values.
        place: from 1 for the lowest kid_vgg; 0 where none was measured.
    """

    run: OneRun
    places: Sequence[int]
    words: Sequence[str]
    place: int


@dataclass(frozen=True)
class Facet:
    """A table of two axes, for one combination of values of the others."""

    words: Sequence[tuple[str, str]]
    rows: Sequence[tuple[str, Sequence[Sequence[Cell]]]]


def comparison_page(runs_folder: Path, sweep: str) -> Path:
    """Where the page of a sweep is."""
    return runs_folder / f"{sweep if sweep.casefold() != _TAKEN else f'{sweep}-sweep'}.html"


def write_comparison(name: str, runs: Sequence[OneRun], folder: Path) -> Path:
    """Write the page of a sweep, or leave it as it is where it says so already.

    Args:
        name: of the job.
        runs: its cells, those that are there.
        folder: that they are in.

    Raises:
        ArtgenError: a file cannot be written.
    """
    page = comparison_page(folder, name)
    thumbnails = Thumbnails(folder / f"{page.stem}{PICTURES}")
    axes = axes_of(runs)
    cells = _cells(runs, axes)
    rows = rows_of([cell.run for cell in cells], thumbnails)
    down, across = _first_two(axes)
    measured = [run for run in runs if run.kid]
    text = render_page(
        _HERE / "comparison.html",
        folder,
        styles=[BASE_STYLE, _VIEWER_STYLE, _HERE / "comparison.css"],
        scripts=[_HERE / "comparison.js"],
        data={
            "axes": [{"key": axis.key, "values": axis.values} for axis in axes],
            "down": down,
            "across": across,
            "cells": [{"places": cell.places, "name": cell.run.name} for cell in cells],
            "pictures": [row.name for row in rows],
        },
        mark=MARK,
        name=name,
        summary=_summary(runs, cells),
        history=list(_history(runs)),
        dropped=next((shlex.quote(run.name) for run in runs if run.kind == "dropped"), ""),
        axes=axes,
        down=down,
        across=across,
        cells=cells,
        facets=list(_facets(cells, axes, down, across)),
        ranked=sorted(cells, key=lambda cell: (cell.place or math.inf, cell.run.name)),
        rows=rows,
        scale=_Scale(measured),
        same=_same_facts(runs),
        pictures=by_run(rows),
        fragment=link_into,
        columns=3 if len(rows) > 4 else 2 if len(rows) > 1 else 1,
        link=lambda path: Path(os.path.relpath(path, folder)),
    )
    if not page.is_file() or page.read_text(encoding="utf-8") != text:
        folder.mkdir(parents=True, exist_ok=True)
        write_text(page, text)
    thumbnails.drop_the_rest()
    return page


def _cells(runs: Sequence[OneRun], axes: Sequence[Axis]) -> list[Cell]:
    """All cells in the order of the axes, the last the fastest."""
    ranked = sorted((run.kid.value, run.name) for run in runs if run.kid)
    place = {name: number for number, (_, name) in enumerate(ranked, 1)}
    cells = []
    for run in runs:
        words = [value_of(run, axis.key) for axis in axes]
        places = [axis.values.index(word) for axis, word in zip(axes, words, strict=True)]
        cells.append(Cell(run, places, words, place.get(run.name, 0)))
    return sorted(cells, key=lambda cell: (list(cell.places), cell.run.name))


def _first_two(axes: Sequence[Axis]) -> tuple[int, int]:
    """The axes that are shown at first: of the first two, the one with more values goes down, where there is room."""
    if len(axes) == 1:
        return -1, 0
    return (0, 1) if len(axes[0].values) >= len(axes[1].values) else (1, 0)


def _facets(cells: Sequence[Cell], axes: Sequence[Axis], down: int, across: int) -> Iterator[Facet]:
    others = [index for index in range(len(axes)) if index not in (down, across)]
    for places in itertools.product(*(range(len(axes[index].values)) for index in others)):
        here = [cell for cell in cells if tuple(cell.places[index] for index in others) == places]
        if here:
            words = [(axes[index].key, axes[index].values[place]) for index, place in zip(others, places, strict=True)]
            yield Facet(words, list(_rows(here, axes, down, across)))


def _rows(
    cells: Sequence[Cell], axes: Sequence[Axis], down: int, across: int
) -> Iterator[tuple[str, list[list[Cell]]]]:
    for row, head in enumerate(axes[down].values if down >= 0 else [""]):
        here = [cell for cell in cells if down < 0 or cell.places[down] == row]
        if here:
            columns = range(len(axes[across].values))
            yield head, [[cell for cell in here if cell.places[across] == column] for column in columns]


class _Scale:
    """Where a figure lies between the lowest and the highest of all cells, on a line of `_INFO_PX`."""

    def __init__(self, runs: Sequence[OneRun]) -> None:
        figures = [run.kid for run in runs if run.kid]
        self.low = min((figure.low for figure in figures), default=0.0)
        self.high = max((figure.high for figure in figures), default=1.0)

    def __call__(self, value: float) -> str:
        span = self.high - self.low
        return f"{_INFO_PX * (value - self.low) / span:.1f}" if span > 0 else f"{_INFO_PX / 2:.1f}"


def _summary(runs: Sequence[OneRun], cells: Sequence[Cell]) -> str:
    """The line under the heading."""
    counts = [(kind, sum(run.kind == kind for run in runs)) for kind in ("finished", "dropped", "failed", "unfinished")]
    told = f"{_plural(len(runs), 'run')}: {', '.join(f'{count} {kind}' for kind, count in counts if count)}."
    best = next((cell for cell in cells if cell.place == 1), None)
    if best and best.run.kid:
        told += f" The lowest kid_vgg is {best.run.kid}, of {best.run.cell}."
    return told


def _history(runs: Sequence[OneRun]) -> Iterator[str]:
    """What was decided at the rungs."""
    from artgen.errors import JobError
    from artgen.runs.rungs import read_rungs, rungs_file

    try:
        rungs = read_rungs(rungs_file(runs[0].folder.parent, runs[0].job))
    except JobError:
        return
    for kimg, rung in sorted(rungs.items()):
        on = sum(standing.outcome == "goes on" for standing in rung.values())
        compared = sum(standing.outcome != "failed" for standing in rung.values())
        failed = len(rung) - compared
        yield f"At {kimg:g} kimg {on} of {compared} went on{f', {failed} failed' if failed else ''}."


def _same_facts(runs: Sequence[OneRun]) -> list[str]:
    """What all runs have in common."""
    return [fact for fact in runs[0].facts if all(fact in run.facts for run in runs)]


def _plural(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def link_into(run: OneRun, row: Row) -> str:
    """The fragment by which a run's own page opens a picture; "" where it does not show it."""
    stem = row.pieces[run].stem
    seed = stem.removeprefix("seed-")
    return f"seed-{int(seed)}" if seed != stem and seed.isdecimal() else anchor_of(stem)


def by_run(rows: Sequence[Row]) -> Mapping[OneRun, list[tuple[int, Row]]]:
    """The pictures of every run, each with its number among all."""
    found: dict[OneRun, list[tuple[int, Row]]] = {}
    for number, row in enumerate(rows):
        for run in row.small:
            found.setdefault(run, []).append((number, row))
    return found
