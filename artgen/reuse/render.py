"""More outputs from a run that exists."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from artgen.contracts import SHORTEST_SIDE_PX, SIDE_MULTIPLE_PX
from artgen.errors import ArtgenError
from artgen.job import read_job
from artgen.job.lock import read_lock
from artgen.job.values import plain
from artgen.launch.tasks import opened_source, write_output
from artgen.runs.files import write_text
from artgen.runs.open import reopen_run
from artgen.runs.progress import Progress
from artgen.runs.stop import StopSignals
from artgen.runs.store import LOCK_NAME

if TYPE_CHECKING:
    from artgen.job.model import Job, Part
    from artgen.reuse.selection import Selection
    from artgen.runs.store import Run

_ASKED = ".asked"
"""Among the artifacts: what was asked for of each that was rendered."""


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
        The folders that were written into; where one held something else, it is its neighbour ``NAME-2``.

    Raises:
        JobError: an option of the output is wrong, or the selection is of other pictures.
        ArtgenError: a size is asked for, and the generator paints at its own.
        RunBusyError: a process is writing into the run.
        CheckpointError: there is nothing to paint with.
    """
    from artgen.plugins import plugin_manager
    from artgen.reuse.selection import chosen

    sets = [*sets, *_of_size(folder, size)] if size else sets
    with StopSignals(progress.warn) as signals, reopen_run(folder, sets, plugins=plugin_manager()) as run:
        run.interrupted = signals.requested
        with opened_source(run, progress, device) as source:
            made_from = f" of {len(selection.pictures)} chosen pictures" if selection else ""
            pictures = chosen(selection, source, run) if selection else source
            parts = [_beside_others(part, run, selection) for part in run.job.outputs]
            for part in parts:
                write_output(part, run, pictures, progress, made_from)
        return [run.folder / "artifacts" / part.name for part in parts]


def _beside_others(part: Part, run: Run, selection: Selection | None) -> Part:
    """The output under a name whose folder is free, or holds the same: ``NAME``, else ``NAME-2`` and so on.

    So that nothing is lost that was rendered before, or that is the run's own.
    """
    from artgen.outputs.metadata import canonical_json

    shape, options = run.job.shape, plain(part.config)
    own = {output["name"]: output for output in read_lock(run.folder / LOCK_NAME).get("outputs", ())}
    if own.get(part.name) == {"type": part.type, "name": part.name, **options}:
        return part
    asked = canonical_json(
        {
            "type": part.type,
            "options": options,
            "checkpoint": run.checkpoint.sha256 if run.checkpoint else "",
            "size": [shape.width, shape.height] if shape else [],
            "selection": selection.model_dump(mode="json") if selection else {},
        }
    )
    names = itertools.chain([part.name], (f"{part.name}-{number}" for number in itertools.count(2)))
    name = next(name for name in names if name not in own and _takes(run, name, asked))
    return replace(part, name=name)


def _takes(run: Run, name: str, asked: str) -> bool:
    """Whether an output's folder holds what was asked for, or nothing yet: then it is kept for that from now on."""
    mark = run.folder / "artifacts" / _ASKED / f"{name}.json"
    if not any(run.artifact_folder(name).iterdir()):
        mark.parent.mkdir(exist_ok=True)
        write_text(mark, asked)
    return mark.is_file() and mark.read_text(encoding="utf-8") == asked


def paints_any_size(job: Job) -> bool:
    """Whether a generator's pictures are of the size that is asked for: its options have one."""
    return job.paints_from == "latent" and "size" in type(job.generator.config).model_fields


def _of_size(folder: Path, long_px: int) -> list[str]:
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
    return [f"generator.size={sides}"]
