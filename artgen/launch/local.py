"""The launcher that is always there: in this process, one task after the other."""

from __future__ import annotations

import hashlib
import itertools
from typing import TYPE_CHECKING

from artgen.errors import ArtgenError, DataError, InterruptedRun
from artgen.job.styles import styles_of
from artgen.launch.options import RunOptions
from artgen.launch.tasks import PAINT, TRAIN, do_task, tasks_of
from artgen.runs.canvases import finished_canvases
from artgen.runs.checkpoints import sha256_of
from artgen.runs.open import open_run
from artgen.runs.progress import Progress
from artgen.runs.stop import StopSignals

if TYPE_CHECKING:
    from artgen.config import LauncherConfig
    from artgen.job.model import Job
    from artgen.plugins import PluginManager


class Local:
    """Runs all tasks of a job here.

    Args:
        config: has no options.
    """

    def __init__(self, config: LauncherConfig) -> None:
        self.config = config

    def launch(self, job: Job, options: RunOptions, progress: Progress, plugins: PluginManager) -> None:
        """Run a job to its end, or on from where it stands.

        Raises:
            ArtgenError: a task failed; the others that do not need it were done. Where some canvases could not be
                painted, the outputs are of the others.
            DataError: the pictures are wrong, or too few.
            InterruptedRun: the user asked to stop.
        """
        # The pictures come first: when they are wrong, nothing is written.
        pictures = None
        if job.data is not None:
            from artgen.data.cache import open_pictures

            pictures = open_pictures(
                job.data, progress=lambda done, total: progress.update("reading pictures", done, total)
            )
            progress.finish("reading pictures")
            for skipped in pictures.skipped:
                progress.warn(f"{skipped.name} is left out: {skipped.reason}")
            progress.say(f"{job.name}: {len(pictures)} pictures, {pictures.shape}")
            _check_batch(job, len(pictures))

        fingerprints = {"pictures": pictures.fingerprint, "styles": _of_styles(job)} if pictures else {}
        with (
            StopSignals(progress.warn, options.until) as signals,
            open_run(job, options, fingerprints=fingerprints, plugins=plugins, warn=progress.warn) as run,
        ):
            run.interrupted = signals.requested
            failed = []
            for task in tasks_of(job, options):
                try:
                    do_task(task, run, pictures, progress, plugins)
                except InterruptedRun:
                    raise
                except ArtgenError as error:
                    if task.startswith(TRAIN) or (task == PAINT and not finished_canvases(run.canvases)):
                        raise
                    progress.warn(str(error))
                    failed.append(task)
            if failed:
                raise ArtgenError(f"{', '.join(failed)} failed, see above", where=run.name)
            page = run.folder / "index.html"
            progress.say(f"{run.name}: done, {page if page.exists() else run.folder}")


def _of_styles(job: Job) -> str:
    """A hash of the styles that a network learns, by what is in their files; "" where it learns none."""
    from artgen.data.headers import told_of

    hashes = []
    for style in styles_of(job.losses):
        for file in itertools.chain.from_iterable(style.files.values()):
            with told_of(file):
                hashes.append(sha256_of(file))
    return hashlib.sha256("".join(hashes).encode()).hexdigest() if hashes else ""


def _check_batch(job: Job, pictures: int) -> None:
    """A batch with one picture twice would teach the discriminator that twins are real."""
    if job.discriminator and pictures < job.train.batch:
        raise DataError(
            f"there are {pictures} pictures, and a batch takes {job.train.batch}",
            where=job.name,
            hint=f"add pictures, or write [train] batch = {1 << (pictures.bit_length() - 1)}",
        )
