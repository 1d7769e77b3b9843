"""More outputs from a run that exists."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from artgen.launch.tasks import write_outputs
from artgen.runs.open import reopen_run
from artgen.runs.progress import Progress
from artgen.runs.stop import StopSignals

if TYPE_CHECKING:
    from artgen.launch.selection import Selection


def render_more(
    folder: Path,
    sets: Sequence[str],
    progress: Progress,
    *,
    device: str | None = None,
    selection: Selection | None = None,
) -> list[Path]:
    """Make the outputs that `sets` puts into the run's job; the run's own job stays as it is.

    Args:
        sets: ``--set`` words that replace the job's outputs.
        selection: which of the run's pictures, in its order; its seeds are among `sets` too.

    Returns:
        The files and folders that were written.

    Raises:
        JobError: an option of the output is wrong, or the selection is of other pictures.
        RunBusyError: a process is writing into the run.
        CheckpointError: there is nothing to paint with.
    """
    from artgen.plugins import plugin_manager

    with StopSignals(progress.warn) as signals, reopen_run(folder, sets, plugins=plugin_manager()) as run:
        run.interrupted = signals.requested
        write_outputs(list(run.job.outputs), run, progress, device=device, selection=selection)
        return [run.folder / "artifacts" / part.name for part in run.job.outputs]
