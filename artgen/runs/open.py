"""Opening a run folder for writing: where it is, whether it may go on, and what is written first."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from artgen.cores import cores
from artgen.errors import JobError, RunChangedError
from artgen.job import check_unchanged, other_plugins, read_job, read_lock, write_lock
from artgen.job.auto.decision import Decision, decisions_of
from artgen.job.kept.lock import lock_data, locked_value
from artgen.job.threads import with_threads
from artgen.runs.canvases import finished_canvases
from artgen.runs.checkpoints import list_checkpoints
from artgen.runs.files import told_of_disk
from artgen.runs.store import LOCK_NAME, Artifact, Run
from artgen.runs.tasks.attempts import TASKS, WHOLE_RUN, attempts_of
from artgen.runs.tasks.holding import GIVES_OUT_TASKS, held_run
from artgen.runs.tasks.stop_file import forget_stop
from artgen.runs.trackers import Trackers

if TYPE_CHECKING:
    from artgen.job.model import Job
    from artgen.launch.options import RunOptions
    from artgen.plugins import PluginManager

JOB_NAME = "job.toml"
FINGERPRINTS = {"pictures": "the pictures", "styles": "the pictures of the styles"}
"""What a network learned from, by the key of its fingerprint in the lock, and what it is called."""


def run_folder(job: Job, options: RunOptions) -> Path:
    """``runs/NAME`` beside the job file, or ``OUT/NAME``; a lock inside a run folder means that run, whatever the folder is called."""
    return _folder_of(job.file, job.name, options)


class Before(TypedDict):
    """What `read_job` asks of the runs that have been begun, each by job file and name."""

    frozen: Callable[[Path, str], Sequence[Decision]]
    left: Callable[[Path, str], Mapping[str, Any]]
    begun: Callable[[Path, str], bool]


def runs_before(options: RunOptions) -> Before:
    """The runs of a job file where these options have them."""
    return {
        "frozen": partial(decided_before, options),
        "left": partial(lock_left, options),
        "begun": partial(has_begun, options),
    }


def decided_before(options: RunOptions, file: Path, name: str) -> Sequence[Decision]:
    """What ``preset:auto`` decided when a run was begun; nothing where no run of this job file and name can go on.

    Raises:
        JobError: the lock was damaged.
    """
    if not has_begun(options, file, name):
        return ()
    lock = read_lock(_folder_of(file, name, options) / LOCK_NAME)
    return decisions_of(lock.get("lock", {}).get("auto", []))


def has_begun(options: RunOptions, file: Path, name: str) -> bool:
    """Whether a run of this job file and name has checkpoints to go on from, and is not set aside for a fresh one."""
    return not options.fresh and bool(list_checkpoints(_folder_of(file, name, options) / "checkpoints"))


def lock_left(options: RunOptions, file: Path, name: str) -> Mapping[str, Any]:
    """The lock that a run of this job file and name has left; nothing where there is none or it was damaged."""
    try:
        return read_lock(_folder_of(file, name, options) / LOCK_NAME)
    except JobError:
        return {}


def _folder_of(file: Path, name: str, options: RunOptions) -> Path:
    if options.out is not None:
        return options.out.absolute() / name
    if file.name != LOCK_NAME:
        return file.parent / "runs" / name
    return file.parent if _is_run(file.parent, name) else file.parent.parent / name


def _is_run(folder: Path, name: str) -> bool:
    """Whether a folder, which may have been renamed, is that of a run of this name: a lock alone may be a copy."""
    if not any((folder / left).is_dir() for left in ("checkpoints", "canvases", TASKS)):
        return False
    lock = read_lock(folder / LOCK_NAME)
    cell = locked_value(lock, ("lock", "cell"))
    return name == "@".join(filter(None, (locked_value(lock, ("job", "name")), cell)))


@contextlib.contextmanager
def begun_run(
    job: Job,
    options: RunOptions,
    *,
    fingerprints: Mapping[str, str],
    threads: int,
    warn: Callable[[str], None],
) -> Iterator[Run]:
    """Give out the tasks of a run until the block ends: its folder and its lock are there, and nobody else does it.

    Args:
        fingerprints: of what is learned from, by the keys of `FINGERPRINTS`; "" or nothing where nobody has looked yet.
        threads: how many it works with on a processor, where neither job nor lock say.
        warn: told while another holder is watched.

    Yields:
        The run; it is interrupted when another process has taken it over.

    Raises:
        RunBusyError: another process gives out its tasks.
        RunChangedError: it holds checkpoints of another job or of other pictures.
    """
    folder = run_folder(job, options)
    if options.fresh and folder.exists():
        _set_aside(folder)
    with told_of_disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with held_run(folder, GIVES_OUT_TASKS, warn=warn) as lease:
        goes_on = _check_that_it_goes_on(folder, job, fingerprints, warn)
        forget_stop(folder)
        before = read_lock(folder / LOCK_NAME) if goes_on else {}
        job = with_threads(job, locked_value(before, (job.work[0], "threads")) or threads)
        known = {key: told for key, told in before.get("lock", {}).items() if key in FINGERPRINTS}
        lock = _write_lock(folder, job, {**known, **fingerprints})
        yield Run(folder=folder, name=job.name, job=job, lock=lock, interrupted=lambda: lease.lost)


@contextlib.contextmanager
def open_run(
    job: Job,
    options: RunOptions,
    *,
    fingerprints: Mapping[str, str],
    plugins: PluginManager,
    warn: Callable[[str], None],
) -> Iterator[Run]:
    """Begin a run and do its tasks in this process until the block ends.

    Args:
        fingerprints: of what is learned from, by the keys of `FINGERPRINTS`; "" or nothing where there is none.
        warn: where to tell of a tracker that failed.

    Raises:
        RunBusyError: another process is writing into it.
        RunChangedError: it holds checkpoints of another job or of other pictures.
    """
    with (
        begun_run(job, options, fingerprints=fingerprints, threads=cores(), warn=warn) as run,
        told_when_over(run, plugins),
        _watched(run, plugins, warn),
    ):
        yield run


@contextlib.contextmanager
def open_task(folder: Path, job: Job, *, plugins: PluginManager, warn: Callable[[str], None]) -> Iterator[Run]:
    """A run that was begun, for a worker that holds one of its tasks.

    Args:
        job: as read from its lock.
        warn: where to tell of a tracker that failed.
    """
    run = Run(folder=folder, name=job.name, job=job, lock=read_lock(folder / LOCK_NAME))
    for text in other_plugins(run.lock, job):  # there may be others where the worker is, or by now
        warn(f"{job.name}: {text}")
    with _watched(run, plugins, warn):
        yield run


def check_learned_from(run: Run, fingerprints: Mapping[str, str]) -> None:
    """Compare what a worker learns from with what the run began with, and note it at the first time.

    Raises:
        RunChangedError: the pictures are others.
    """
    if list_checkpoints(run.checkpoints):
        _check_fingerprints(run.folder, run.lock, fingerprints)
    if {key: run.lock["lock"].get(key) for key in fingerprints} != fingerprints:
        run.lock = {**run.lock, "lock": {**run.lock["lock"], **fingerprints}}
        write_lock(run.folder / LOCK_NAME, run.lock)


@contextlib.contextmanager
def reopen_run(folder: Path, sets: Sequence[str], *, plugins: PluginManager) -> Iterator[Run]:
    """Become the writer of a run that exists, with some values of its job changed for now.

    The pictures that it was trained on need not be there any more.

    Raises:
        RunBusyError: another process is writing into it.
        JobError: the values are wrong.
    """
    (job,) = read_job(folder / LOCK_NAME, sets=sets, manager=plugins, inputs_needed=False)
    folder = folder.absolute()
    with held_run(folder, "command"):
        run = Run(folder=folder, name=job.name, job=job, lock=read_lock(folder / LOCK_NAME))
        _tell_of_what_is_saved(run, plugins, Trackers((), lambda _text: None))
        yield run


@contextlib.contextmanager
def _watched(run: Run, plugins: PluginManager, warn: Callable[[str], None]) -> Iterator[None]:
    """Have plugins and the trackers of the job told of what is saved."""
    trackers = Trackers(run.job.trackers, warn)
    _tell_of_what_is_saved(run, plugins, trackers)
    trackers.start(run)
    error: BaseException | None = None
    try:
        yield
    except BaseException as caught:
        error = caught
        raise
    finally:
        trackers.tell("finish", error)


@contextlib.contextmanager
def told_when_over(run: Run, plugins: PluginManager) -> Iterator[None]:
    """Tell the plugins that a run began, and when the block ends, that it ended."""
    plugins.notify("run_started", run=run)
    error: BaseException | None = None
    try:
        yield
    except BaseException as caught:
        error = caught
        raise
    finally:
        plugins.notify("run_finished", run=run, error=error)


def _tell_of_what_is_saved(run: Run, plugins: PluginManager, trackers: Trackers) -> None:
    def on_artifact(artifact: Artifact) -> None:
        plugins.notify("artifact_saved", run=run, artifact=artifact)
        trackers.tell("artifact", artifact)

    def on_metrics(step: int, metrics: Mapping[str, float]) -> None:
        plugins.notify("metrics_logged", run=run, step=step, metrics=metrics)
        trackers.tell("log", step, metrics)

    run.on_artifact, run.on_metrics = on_artifact, on_metrics


def _set_aside(folder: Path) -> None:
    """Rename a run to NAME.1, or the next free number."""
    with held_run(folder, "command"):
        pass  # nobody is writing
    number = 1
    while (aside := folder.with_name(f"{folder.name}.{number}")).exists():
        number += 1
    folder.rename(aside)


def _check_that_it_goes_on(
    folder: Path, job: Job, fingerprints: Mapping[str, str], warn: Callable[[str], None]
) -> bool:
    """A run without checkpoints, canvases and workers has nothing to lose; any other must be of this job and these pictures.

    Returns:
        Whether there is something to go on with.
    """
    left = list_checkpoints(folder / "checkpoints") or finished_canvases(folder / "canvases")
    if not left and not _somebody_is_at(folder):
        return False
    lock = read_lock(folder / LOCK_NAME)
    for change in check_unchanged(lock, job, folder):
        if change.key == "train.from":
            warn(f"{job.name}: [train] from counts where a run begins; this one began with {change.old}")
    for text in other_plugins(lock, job):
        warn(f"{job.name}: {text}")
    _check_fingerprints(folder, lock, fingerprints)
    return True


def _somebody_is_at(folder: Path) -> bool:
    """Whether a worker goes by the lock that is there, as one whose `artgen run` was killed."""
    tasks = (attempt for attempt in attempts_of(folder) if attempt.task != WHOLE_RUN)
    return any(not attempt.over and attempt.life() != "gone" for attempt in tasks)


def _check_fingerprints(folder: Path, lock: Mapping[str, Any], fingerprints: Mapping[str, str]) -> None:
    for key, fingerprint in fingerprints.items():
        if lock["lock"].get(key, fingerprint) != fingerprint:
            raise RunChangedError(
                f"{FINGERPRINTS[key]} are not those that this run began with",
                where=str(folder),
                hint="put them back, set the old run aside with --fresh, or give the job another name: it goes on from "
                f'this one with [train] from = "{folder.as_posix()}"',
            )


def _write_lock(folder: Path, job: Job, fingerprints: Mapping[str, str]) -> Mapping[str, Any]:
    given = _bytes_of(job.file)  # None where it was moved or deleted after it was read: the lock says all
    if job.file.parent != folder and given is not None and _bytes_of(folder / JOB_NAME) != given:
        shutil.copyfile(job.file, folder / JOB_NAME)  # its time tells that it has changed
    lock = lock_data(job, folder)
    lock["lock"] |= fingerprints
    write_lock(folder / LOCK_NAME, lock)
    return lock


def _bytes_of(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None
