"""A trained stylizer applied to other pictures and films."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artgen.job.file_names import as_half, distinct_names
from artgen.launch.tasks import checkpoint_to_paint_with
from artgen.reuse.beside import free_name, numbered
from artgen.runs.open import reopen_run
from artgen.runs.progress import Progress
from artgen.runs.tasks.stop import StopSignals

if TYPE_CHECKING:
    from artgen.engine.stylist import Stylist
    from artgen.runs.store import Run

SMOOTH = 0.5
"""Halves what flickers; moving things are not smeared yet."""


@dataclass(frozen=True)
class RepaintOptions:
    """How something is repainted.

    Attributes:
        name: of the folder in the run's artifacts; where it holds something else, ``NAME-2`` and so on.
        style: name of the only style wanted; "" for all that the stylizer was taught.
        long_side_px: of what is painted; 0 leaves every picture its own size.
        smooth: share of the frame before in every frame of a film, 0 to 1.
        device: instead of the job's.
    """

    name: str
    style: str = ""
    long_side_px: int = 0
    smooth: float = SMOOTH
    device: str | None = None


def repaint_folder(run: Path, pictures: Path, options: RepaintOptions, progress: Progress) -> Path:
    """Repaint a picture, or all pictures of a folder, with the stylizer of a run.

    Returns:
        The folder of what was written.

    Raises:
        RunBusyError: a process is writing into the run.
        CheckpointError: there is nothing to paint with.
        DataError: there is no picture that can be read.
        InterruptedRun: the user asked to stop; finished pictures stay.
        ArtgenError: the run has no stylizer, or no such style; a picture was too large for the memory.
    """
    with _opened(run, options, progress) as (opened, stylist, styles):
        from artgen.outputs.repaint.pictures import repaint_pictures

        size = options.long_side_px
        asked = {
            "type": "pictures",
            "folder": str(pictures.resolve()),
            "checkpoint": opened.checkpoint.sha256 if opened.checkpoint else "",
            "size": size,
        }
        folder = opened.artifact_folder(free_name(opened, options.name, asked))
        written = repaint_pictures(pictures, stylist, styles, folder, opened, progress, long_side_px=size)
        progress.say(f"{opened.name}: {len(written)} repainted picture{'' if len(written) == 1 else 's'}")
        return folder


def repaint_films(run: Path, film: Path, options: RepaintOptions, progress: Progress) -> list[Path]:
    """Repaint a film in every style that is asked for, one film for each.

    Returns:
        The films.

    Raises:
        RunBusyError: a process is writing into the run.
        CheckpointError: there is nothing to paint with.
        DataError: there is no film in the file.
        InterruptedRun: the user asked to stop; whole segments stay.
        ArtgenError: the run has no stylizer, or no such style; the memory or the disk does not do.
    """
    with _opened(run, options, progress) as (opened, stylist, styles):
        from artgen.outputs.repaint.film import FilmOrder, repaint_film
        from artgen.outputs.repaint.source_film import open_film

        progress.say(f"{opened.name}: looking at {film.name}")
        source = open_film(film)
        if source.wide:
            progress.say(f"{film.name} has a high dynamic range (HDR): it is repainted in the range of a screen")
        if source.varies:
            progress.say(f"the rate of {film.name} varies: it is repainted at {source.fps} frames per second")
        manners = distinct_names(map(as_half, stylist.styles))
        orders = [FilmOrder(source, stylist, style, options.smooth, options.long_side_px) for style in styles]
        wanted = {f"{as_half(film.stem)}--{manners[order.style]}": order.recipe(opened) for order in orders}
        parent = _free_for_films(opened, options.name, wanted)
        written = []
        for order, (name, recipe) in zip(orders, wanted.items(), strict=True):
            folder = parent / name
            folder.mkdir(exist_ok=True)
            written.append(opened.folder / repaint_film(order, recipe, folder, opened, progress).path)
        return written


def _free_for_films(run: Run, name: str, wanted: Mapping[str, Mapping[str, Any]]) -> Path:
    """The first of ``NAME``, ``NAME-2`` and so on where no other film is in the way of those wanted, by their folders."""
    from artgen.outputs.repaint.film import takes_film

    folders = map(run.artifact_folder, numbered(name))
    return next(one for one in folders if all(takes_film(one / film, recipe) for film, recipe in wanted.items()))


@contextmanager
def _opened(folder: Path, options: RepaintOptions, progress: Progress) -> Iterator[tuple[Run, Stylist, list[int]]]:
    """A run, its stylizer, and the numbers of the styles that are asked for."""
    from artgen.engine.stylist import open_stylist
    from artgen.engine.threads import as_many_threads, threads_of
    from artgen.plugins import plugin_manager

    with StopSignals(progress.warn) as signals, reopen_run(folder, (), plugins=plugin_manager()) as run:
        run.interrupted = signals.requested
        best = checkpoint_to_paint_with(run)
        with as_many_threads(threads_of(best)):
            stylist = open_stylist(run.job, best, device=options.device)
            styles = [stylist.number_of(options.style)] if options.style else list(range(len(stylist.styles)))
            yield run, stylist, styles
