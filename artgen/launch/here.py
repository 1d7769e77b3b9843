"""All tasks of a run in this process, one after the other: what is quickest where there is nothing to do at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artgen.errors import ArtgenError, InterruptedRun
from artgen.launch.doing import do_held
from artgen.launch.graph import lease_of, title_of
from artgen.launch.keys import Keys
from artgen.launch.options import RunOptions
from artgen.launch.pictures import fingerprints_of, opened_pictures
from artgen.launch.tasks import PAINT, TRAIN, tasks_of
from artgen.runs.canvases import finished_canvases
from artgen.runs.open import open_run, run_folder
from artgen.runs.pages import INDEX
from artgen.runs.progress import Progress
from artgen.runs.tasks.attempts import last_attempt, write_plan
from artgen.runs.tasks.holding import held_task
from artgen.runs.tasks.reported import ReportedProgress
from artgen.runs.tasks.stop import StopSignals
from artgen.runs.tasks.stop_file import StopRequests

if TYPE_CHECKING:
    from artgen.data.pictures import Pictures
    from artgen.job.model import Job
    from artgen.plugins import PluginManager
    from artgen.runs.store import Run


def run_here(job: Job, options: RunOptions, progress: Progress, plugins: PluginManager) -> None:
    """Run a job to its end, or on from where it stands; what is done already is left alone.

    Raises:
        ArtgenError: a task failed; the others that do not need it were done. Where some canvases could not be
            painted, the outputs are of the others.
        DataError: the pictures are wrong, or too few.
        InterruptedRun: the user asked to stop.
    """
    keys, folder = Keys(), run_folder(job, options)
    first = tasks_of(job, options)[0]
    # The pictures come first: when they are wrong, nothing is written.
    learned = not options.fresh and keys.is_done(job, folder, first, last_attempt(folder, lease_of(first)))
    pictures = None if learned else opened_pictures(job, progress)
    with (
        StopSignals(progress.warn, options.until) as signals,
        open_run(job, options, fingerprints=fingerprints_of(job, pictures), plugins=plugins, warn=progress.warn) as run,
    ):
        write_plan(run.folder, tasks_of(job, options))
        failed = []
        for task in tasks_of(job, options):
            try:
                _do(task, run, keys, pictures, signals, progress, plugins)
            except InterruptedRun:
                raise
            except ArtgenError as error:
                if options.fail_fast or task.startswith(TRAIN) or not _of_use(task, run):
                    raise
                progress.warn(str(error))
                failed.append(title_of(task))
        if failed:
            raise ArtgenError(f"{', '.join(failed)} failed, see above", where=run.name)
        page = run.folder / INDEX
        if options.pause_kimg is None:
            progress.say(f"{run.name}: done, {page if page.exists() else run.folder}")


def _do(
    task: str,
    run: Run,
    keys: Keys,
    pictures: Pictures | None,
    signals: StopSignals,
    progress: Progress,
    plugins: PluginManager,
) -> None:
    """Do a task, unless it was done before and nothing has changed since."""
    before = last_attempt(run.folder, lease_of(task))
    if keys.is_done(run.job, run.folder, task, before):
        progress.say(f"{run.name}: {title_of(task)} is done")
        return
    with held_task(run.folder, lease_of(task), warn=progress.warn) as lease:
        run.interrupted = StopRequests(lease, signals.requested).requested
        do_held(task, run, pictures, lease, keys, ReportedProgress(progress, lease), plugins)


def _of_use(task: str, run: Run) -> bool:
    """Whether the tasks after one that failed can be done all the same: outputs are of the canvases that there are."""
    return task != PAINT or bool(finished_canvases(run.canvases))
