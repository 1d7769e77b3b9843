"""``index.html`` over many runs, and the small pictures beside it; what is there already is not made again."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from artgen.outputs.gallery.document import BASE_STYLE, render_page
from artgen.outputs.overview.matrix import Table, tables
from artgen.outputs.overview.one_run import OneRun, Picture
from artgen.outputs.overview.thumbnails import Thumbnail, Thumbnails
from artgen.runs.files import write_text

_HERE = Path(__file__).parent
PAGE = "index.html"
THUMBNAILS = "index-pictures"
"""The folder beside the page."""
MARK = '<meta name="artgen" content="overview">'
"""What the page says of itself, so that no other one is ever written over."""
_ON_A_CARD, _IN_A_CELL = 5, 4
_FEW_COLUMNS = 4
"""So many have room to be larger."""


@dataclass(frozen=True)
class Shown:
    """A run with the pictures that the page shows of it.

    Attributes:
        pictures: each with its small one.
        poster: of its first film, small.
        sheet: shown where there are no single pictures, small.
    """

    run: OneRun
    pictures: Sequence[tuple[Picture, Thumbnail]]
    poster: Thumbnail | None = None
    sheet: Thumbnail | None = None


def write_overview(runs: Sequence[OneRun], out: Path, of_sweeps: Mapping[tuple[Path, str], Path] | None = None) -> Path:
    """Write the page over some runs, or leave it as it is where it says so already.

    Args:
        runs: in the order in which they are shown.
        out: the folder of the page; links lead from there into the runs.
        of_sweeps: pages of their own, by the folder of the runs and the name of the job.

    Raises:
        ArtgenError: a file cannot be written.
    """
    thumbnails = Thumbnails(out / THUMBNAILS)
    sweeps, alone = tables(runs)
    shown: dict[OneRun, Shown] = {}
    for sweep in sweeps:
        shown |= _shown(sweep.runs, _IN_A_CELL, thumbnails)
    shown |= _shown(alone, _ON_A_CARD, thumbnails)
    page = out / PAGE
    text = render_page(
        _HERE / "overview.html",
        out,
        styles=[BASE_STYLE, _HERE / "overview.css"],
        scripts=[_HERE / "overview.js"],
        data={},
        mark=MARK,
        runs=runs,
        summary=_summary(runs, sweeps, alone),
        sweeps=sweeps,
        alone=alone,
        shown=shown,
        few=_FEW_COLUMNS,
        shared=_shared_facts,
        own_page=lambda sweep: (of_sweeps or {}).get((sweep.runs[0].folder.parent, sweep.name)),
        twice=_in_several_folders(runs),
        day=in_words,
        link=lambda path: Path(os.path.relpath(path, out)),
    )
    if not page.is_file() or page.read_text(encoding="utf-8") != text:
        write_text(page, text)
    thumbnails.drop_the_rest()
    return page


def _shown(runs: Sequence[OneRun], most: int, thumbnails: Thumbnails) -> dict[OneRun, Shown]:
    """The same pictures of every run that has them: those come first that most runs have."""
    having = Counter(stem for run in runs for stem in dict.fromkeys(picture.stem for picture in run.pictures))
    rank = {stem: place for place, (stem, _) in enumerate(having.most_common())}
    found = {}
    for run in runs:
        ranked = sorted(run.pictures, key=lambda picture: rank[picture.stem])
        small = ((picture, thumbnails.of(picture.path)) for picture in ranked)
        there = ((picture, thumbnail) for picture, thumbnail in small if thumbnail)
        pictures = [pair for pair, _ in zip(there, range(most), strict=False)]
        poster = next((film.poster for film in run.films[:1]), None)
        found[run] = Shown(
            run,
            pictures,
            thumbnails.of(poster) if poster else None,
            thumbnails.of(run.sheet) if run.sheet and not pictures else None,
        )
    return found


def _summary(runs: Sequence[OneRun], sweeps: Sequence[Table], alone: Sequence[OneRun]) -> str:
    """The line under the heading."""
    parts = [f"a sweep of {len(sweep.runs)}" for sweep in sweeps]
    if parts and alone:
        parts.append("another" if len(alone) == 1 else f"{len(alone)} others")
    told = f"{', '.join(parts[:-1])}{' and ' if parts[1:] else ''}{parts[-1]}. " if parts else ""
    unfinished = sum(bool(run.state) for run in runs)
    latest = max(run.made for run in runs)
    told += f"The latest is of {in_words(latest)}."
    if unfinished:
        told += f" {unfinished} {'is' if unfinished == 1 else 'are'} unfinished or damaged."
    return told[0].upper() + told[1:]


def in_words(day: datetime) -> str:
    """A day as it is written: "4 November 2026"."""
    return f"{day.day} {day:%B %Y}"


def _in_several_folders(runs: Sequence[OneRun]) -> set[str]:
    """Names of jobs that only their folders tell apart."""
    places = Counter(job for job, _ in {(run.job, run.folder.parent) for run in runs})
    return {job for job, count in places.items() if count > 1}


def _shared_facts(table: Table) -> list[str]:
    """What all runs of a sweep have in common."""
    return [fact for fact in table.runs[0].facts if all(fact in run.facts for run in table.runs)]
