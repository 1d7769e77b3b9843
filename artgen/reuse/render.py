"""More outputs from a run that exists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from artgen.contracts import SHORTEST_SIDE_PX, SIDE_MULTIPLE_PX
from artgen.errors import ArtgenError
from artgen.job import read_job
from artgen.job.kept.values import plain
from artgen.launch.tasks import opened_source, write_output
from artgen.reuse.beside import free_name, own_outputs
from artgen.runs.open import reopen_run
from artgen.runs.progress import Progress
from artgen.runs.store import LOCK_NAME
from artgen.runs.tasks.stop import StopSignals

if TYPE_CHECKING:
    from artgen.job.model import Job, Part
    from artgen.reuse.selection import Selection
    from artgen.runs.store import Run


def render_more(
    folder: Path,
    sets: Sequence[str],
    progress: Progress,
    *,
    device: str | None = None,
    size: int | None = None,
    selection: Selection | None = None,
) -> list[Path]:
    """Make the outputs that `sets` puts into the run's job; the run's own job stays as it is.

    Args:
        sets: ``--set`` words that replace the job's outputs.
        size: long side of the pictures, of a generator that paints any size.
        selection: which of the run's pictures, in its order; its seeds are among `sets` too.

    Returns:
        The folders that were written into; where one held something else, it is its neighbour ``NAME-2``. A page that
        was written stands for the folder of what it shows.

    Raises:
        JobError: an option of the output is wrong, or the selection is of other pictures.
        ArtgenError: a size is asked for, and the generator paints at its own.
        RunBusyError: a process is writing into the run.
        CheckpointError: there is nothing to paint with.
    """
    from artgen.plugins import plugin_manager
    from artgen.reuse.selection import chosen

    sets = [*sets, *_of_size(folder, size, progress.warn)] if size else sets
    with StopSignals(progress.warn) as signals, reopen_run(folder, sets, plugins=plugin_manager()) as run:
        run.interrupted = signals.requested
        with opened_source(run, progress, device) as source:
            made_from = f" of {len(selection.pictures)} chosen pictures" if selection else ""
            pictures = chosen(selection, source, run) if selection else source
            parts = [_beside_others(part, run, selection) for part in run.job.outputs]
            for part in parts:
                write_output(part, run, pictures, progress, made_from)
        pages = {made.output: run.folder / made.path for made in run.artifacts() if made.kind == "page"}
        return [pages.get(part.name, run.folder / "artifacts" / part.name) for part in parts]


def _beside_others(part: Part, run: Run, selection: Selection | None) -> Part:
    """The output under a name whose folder is free, or holds the same; its own name where it is the run's own."""
    shape, options = run.job.shape, plain(part.config)
    if own_outputs(run).get(part.name) == {"type": part.type, "name": part.name, **options}:
        return part
    asked = {
        "type": part.type,
        "options": options,
        "checkpoint": run.checkpoint.sha256 if run.checkpoint else "",
        "size": [shape.width, shape.height] if shape else [],
        "selection": selection.model_dump(mode="json") if selection else {},
    }
    return replace(part, name=free_name(run, part.name, asked))


def paints_any_size(job: Job) -> bool:
    """Whether a generator's pictures are of the size that is asked for: its options have one."""
    return job.paints_from == "latent" and "size" in type(job.generator.config).model_fields


def _of_size(folder: Path, long_px: int, warn: Callable[[str], None]) -> list[str]:
    """The ``--set`` word for pictures of the run's proportions with another long side."""
    (job,) = read_job(folder / LOCK_NAME, sets=["outputs=[]"], inputs_needed=False)
    if job.shape is None or not paints_any_size(job):
        own = f", {job.shape.width}×{job.shape.height}" if job.shape else ""
        raise ArtgenError(
            f"'{job.generator.name}' paints pictures of the size that it learned{own}",
            where="--size",
            hint="Leave it out; films, posters and sheets have a scale or a tile_px.",
        )
    factor = long_px / max(job.shape.width, job.shape.height)
    sides = [
        max(SHORTEST_SIDE_PX, round(side * factor / SIDE_MULTIPLE_PX) * SIDE_MULTIPLE_PX)
        for side in (job.shape.width, job.shape.height)
    ]
    if max(sides) != long_px:
        multiples = f"sides are multiples of {SIDE_MULTIPLE_PX} and at least {SHORTEST_SIDE_PX}"
        warn(f"--size {long_px}: painting {sides[0]}×{sides[1]} pixels, as {multiples}")
    return [f"generator.size={sides}"]
