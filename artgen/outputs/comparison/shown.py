"""Which pictures of a sweep stand beside each other: the same seeds, or the same photographs, of every cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from artgen.outputs.overview.one_run import OneRun
from artgen.outputs.overview.thumbnails import Part, Thumbnail, Thumbnails
from artgen.runs.checkpoints import best_checkpoint
from artgen.runs.files import WHOLE

MOST = 9
"""Pictures of a cell, three by three."""


@dataclass(frozen=True)
class Piece:
    """A picture that a cell has: a file, or a part of a sheet.

    Attributes:
        name: what people call it.
        stem: how the run's own page calls it; "" where that does not show it.
    """

    key: str
    name: str
    file: Path
    stem: str = ""
    part: Part | None = None


@dataclass(frozen=True)
class Row:
    """One picture across all cells.

    Attributes:
        small: by the run that has it.
        pieces: likewise.
    """

    key: str
    name: str
    small: Mapping[OneRun, Thumbnail]
    pieces: Mapping[OneRun, Piece]


def rows_of(runs: Sequence[OneRun], thumbnails: Thumbnails) -> list[Row]:
    """The pictures that most cells have, at most `MOST`, in the order of the first run that has them.

    Raises:
        ArtgenError: a small picture cannot be written.
    """
    pieces = {run: {piece.key: piece for piece in _pieces(run)} for run in runs}
    if not _shared(pieces.values()):
        pieces = {run: dict(_by_content(found.values())) for run, found in pieces.items()}
    having = Counter(key for found in pieces.values() for key in found)
    order = {key: place for place, key in enumerate(having)}
    chosen = sorted(having, key=lambda key: (-having[key], order[key]))[:MOST]
    rows = []
    for key in sorted(chosen, key=order.__getitem__):
        there = {run: found[key] for run, found in pieces.items() if key in found}
        small = {run: one for run, piece in there.items() if (one := thumbnails.of(piece.file, piece.part))}
        if small:
            rows.append(Row(key, next(iter(there.values())).name, small, there))
    return rows


def _pieces(run: OneRun) -> Iterator[Piece]:
    """What a run shows: its pictures, or while it has none a sheet of its training, cut up."""
    if run.pictures:
        yield from (Piece(picture.stem, picture.name, picture.path, picture.stem) for picture in run.pictures)
        return
    sheet, size = _sheet(run), _size(run)
    if sheet and size:
        for seed, part in enumerate(_parts(sheet, size)):
            yield Piece(f"seed-{seed:06d}", f"Seed {seed}", sheet, part=part)


def _sheet(run: OneRun) -> Path | None:
    """The sheet of the checkpoint whose figure is told, else the last one."""
    sheets = sorted((run.folder / "artifacts" / "progress").glob(f"{WHOLE}.webp"))
    best = best_checkpoint(run.folder / "checkpoints")
    told = f"{best.step:08d}.webp" if best else ""
    return next((sheet for sheet in sheets if sheet.name == told), sheets[-1] if sheets else None)


def _size(run: OneRun) -> tuple[int, int] | None:
    size = run.lock.get("data", {}).get("size")
    found = size if isinstance(size, list) else [size, size]
    return (found[0], found[1]) if len(found) == 2 and all(isinstance(side, int) for side in found) else None


def _parts(sheet: Path, size: tuple[int, int]) -> Iterator[Part]:
    """The tiles of a sheet of a training, see `artgen.outputs.stills.progress_sheet`; none where it is no such sheet."""
    try:
        with Image.open(sheet) as image:
            width, height = image.size
    except OSError:
        return
    gap = max(1, min(size) // 24)
    across, down = size[0] + gap, size[1] + gap
    if (width + gap) % across or (height + gap) % down:
        return
    for y in range(0, height, down):
        for x in range(0, width, across):
            yield x, y, x + size[0], y + size[1]


def _shared(found: Iterable[Mapping[str, Piece]]) -> bool:
    """Whether any two runs have a picture in common."""
    counts = Counter(key for pieces in found for key in pieces)
    return any(count > 1 for count in counts.values())


def _by_content(pieces: Iterable[Piece]) -> Iterator[tuple[str, Piece]]:
    """Canvases by what they show, where every cell has styles of its own: style by style."""
    seen: Counter[str] = Counter()
    for piece in pieces:
        content = piece.stem.partition("--")[0]
        seen[content] += 1
        yield f"{content}--{seen[content]}", Piece(piece.key, content, piece.file, piece.stem, piece.part)
