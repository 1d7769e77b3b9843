"""A finished run with its generator, for the tools that work in its latent space."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from artgen.errors import ArtgenError
from artgen.launch.tasks import checkpoint_to_paint_with
from artgen.runs.open import reopen_run
from artgen.runs.progress import Progress
from artgen.runs.tasks.stop import StopSignals

if TYPE_CHECKING:
    from artgen.latents.sampler import Sampler
    from artgen.runs.store import Run


@contextmanager
def latent_run(folder: Path, progress: Progress, device: str | None = None) -> Iterator[tuple[Run, Sampler]]:
    """Become the writer of a run until the block ends, with its best checkpoint ready to paint.

    Raises:
        RunBusyError: a process is writing into the run.
        CheckpointError: there is nothing to paint with.
        ArtgenError: it has no generator that paints from latents.
    """
    from artgen.engine.painting import open_sampler
    from artgen.engine.threads import as_many_threads, threads_of
    from artgen.plugins import plugin_manager

    with StopSignals(progress.warn) as signals, reopen_run(folder, ["outputs=[]"], plugins=plugin_manager()) as run:
        run.interrupted = signals.requested
        if run.job.paints_from != "latent":
            raise ArtgenError(
                "this run has no latent space: it paints pictures from pictures",
                where=str(folder),
                hint="Name a run of a generator that paints from seeds, such as dcgan.",
            )
        best = checkpoint_to_paint_with(run)
        with as_many_threads(threads_of(best)):
            yield run, open_sampler(run.job, best, device=device, warn=progress.warn)


def label_named(sampler: Sampler, name: str) -> int | None:
    """The number of a class; None where none is named.

    Raises:
        ArtgenError: there is no such class.
    """
    if not name:
        return None
    if name not in sampler.classes:
        there = ", ".join(sampler.classes) or "none"
        raise ArtgenError(f"'{name}' is no class of this generator", where="--class", hint=f"There are: {there}")
    return sampler.classes.index(name)
