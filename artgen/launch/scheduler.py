"""Who gives out the tasks of all runs of a call: what is missing is started, in order, as long as a launcher takes it.

What a task needs is here, what it does is its worker's, and where that works the launcher's. All that is known of a task
stands in the folder of its run, so that whoever comes next, after whatever end, goes on from there.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from artgen.errors import ArtgenError, InterruptedRun, OneStopped, RunBusyError
from artgen.launch.clashes import names_of
from artgen.launch.contract import Ended, Launcher
from artgen.launch.endings import cause_of
from artgen.launch.given import GivenRun, GivenTask
from artgen.launch.graph import lease_of, whole_of
from artgen.launch.keys import Keys
from artgen.launch.options import RunOptions
from artgen.runs.files import told_of_disk
from artgen.runs.pages import INDEX
from artgen.runs.progress import Progress
from artgen.runs.tasks.attempts import WHOLE_RUN, State, last_attempt
from artgen.runs.tasks.holding import record_end
from artgen.runs.tasks.lease import moved_away
from artgen.runs.tasks.stop import StopSignals
from artgen.runs.tasks.stop_file import ask_to_stop, asked_to_stop
from artgen.runs.tasks.watch import beat_s

if TYPE_CHECKING:
    from artgen.job.model import Job
    from artgen.plugins import PluginManager

POLL_S = 0.1
TOLD_EVERY_S = 1.0
NAMED = 4
"""Runs that are named where many were interrupted."""
TRIES = 5
"""How often a task is started again whose machine was lost."""


class Scheduler:
    """Brings all tasks of some runs to their end.

    Args:
        jobs: one for each run.
        launcher: starts workers.
        options: of the call.
    """

    def __init__(
        self, jobs: Sequence[Job], launcher: Launcher, options: RunOptions, progress: Progress, plugins: PluginManager
    ) -> None:
        self._launcher = launcher
        self._options = options
        self._progress = progress
        self._keys = Keys()
        names = names_of(jobs, options)
        self._runs = [
            GivenRun(job, name, options, launcher, progress, plugins) for job, name in zip(jobs, names, strict=True)
        ]
        self._most = options.jobs or launcher.slots
        self._memory: dict[str, int] = {}
        self._stopping = False
        self._next_told = 0.0
        self.failures: dict[str, str] = {}
        self.exit_codes: dict[str, int] = {}

    def run(self) -> None:
        """Until all is done that can be; `failures` then says of each run that has any what failed.

        Raises:
            OneStopped: somebody asked one run to stop; the others are done.
        InterruptedRun: somebody asked to stop; what was finished is kept.
        """
        with StopSignals(self._progress.warn, self._options.until) as signals:
            try:
                while self._go_on(signals):
                    time.sleep(POLL_S)
            except BaseException:
                for task in self._tasks("running"):
                    task.kill()
                raise
            finally:
                for run in self._runs:
                    run.close(self.failures.get(run.name, ""))
        stopped = [task.run.name for task in self._tasks("stopped")]
        if stopped and (signals.requested() or not self.failures):
            kind = InterruptedRun if self._stopping else OneStopped
            raise kind("interrupted; the same command goes on", where=_listed(list(dict.fromkeys(stopped))))

    def _go_on(self, signals: StopSignals) -> bool:
        """Look once at everything; whether there is more to do."""
        for task in self._tasks("running"):
            self._look_at(task)
        for task in self._tasks("watched"):
            self._watch(task)
        for run in self._runs:
            if run.begun and not run.closed and not run.given_up and run.taken_over():
                error = RunBusyError("another process gives out its tasks now", where=str(run.folder))
                self._run_failed(run, error if last_attempt(run.folder, WHOLE_RUN) else moved_away(run.folder))
        if not self._stopping and (signals.requested() or (self._options.fail_fast and self.failures)):
            self._stop_all()
        if not self._stopping:
            self._start_what_can_be()
        for run in self._runs:
            if run.over and not run.closed:
                self._finish(run)
        self._tell_how_far()
        going = ("running",) if self._stopping else ("running", "watched", "waiting")
        return any(True for _ in self._tasks(*going))

    def _tasks(self, *states: str) -> Iterator[GivenTask]:
        return (task for run in self._runs for task in list(run.tasks.values()) if task.state in states)

    # Starting

    def _start_what_can_be(self) -> None:
        refused: set[bool] = set()
        running = sum(1 for _ in self._tasks("running"))
        for task in self._tasks("waiting"):
            if not task.settle_by_others() or self._done_before(task):
                continue
            if running >= self._most or (task.wants_gpu in refused):
                continue
            started = self._started(task)
            if started is None:
                refused.add(task.wants_gpu)
            running += bool(started)

    def _done_before(self, task: GivenTask) -> bool:
        """Whether nothing is to be done; a task that others are at is watched."""
        run = task.run
        if self._options.fresh and not run.begun:
            return False
        if task.checked:
            return task.state != "waiting"
        task.checked = True
        ids = dict.fromkeys((task.id, whole_of(task.id)))  # a shard is done where its whole is
        attempts = {id_: last_attempt(run.folder, lease_of(id_)) for id_ in ids}
        if any(self._keys.is_done(run.job, run.folder, id_, attempt) for id_, attempt in attempts.items()):
            task.state = "done"
        elif (own := attempts[task.id]) is not None and not own.over:
            task.state = "watched"
        return task.state != "waiting"

    def _started(self, task: GivenTask) -> bool | None:
        """Whether a worker was started; None where there is no room for it."""
        run = task.run
        try:
            if not run.begun:
                with told_of_disk(run.folder):
                    run.begin()
                task.checked = False
                if self._done_before(task):
                    return False
            with told_of_disk(run.folder):
                started = task.start(self._launcher, self._memory.get(str(run.job.file), 0))
        except ArtgenError as error:
            self._run_failed(run, error)
            return False
        return True if started else None

    # Looking

    def _look_at(self, task: GivenTask) -> None:
        for text, warning in task.said():
            (self._progress.warn if warning else self._progress.say)(task.run.told(text))
        ended = task.poll()
        if ended is not None:
            task.finish(self._progress)
            self._ended(task, ended)

    def _ended(self, task: GivenTask, ended: Ended) -> None:
        run, attempt = task.run, last_attempt(task.run.folder, lease_of(task.id))
        own = attempt if attempt and attempt.token == task.name else None
        if (own and own.state == "done") or (ended.code == 0 and attempt and attempt.state == "done"):
            task.state = "done"
        elif ended.lost and task.tries < TRIES and not self._stopping:
            self._progress.warn(f"{run.told(task.title)}: {ended.told or 'its machine was lost'}; it is started again")
            if own and not own.over:
                _note_end(task, "stopped", "its machine was lost")
            task.again()
        elif own and own.state == "failed":
            self.exit_codes.setdefault(run.name, ended.code or 1)
            self._failed(task, own.error, partly=own.partly)
        elif (own and own.state == "stopped") or self._stopping or asked_to_stop(run.folder):
            task.state = "stopped"
            run.stop()
        elif attempt and not attempt.over and own is None:
            task.again()  # others are at it
        elif attempt is None and last_attempt(run.folder, WHOLE_RUN) is None:
            task.state = "failed"
            if not run.given_up:
                self._run_failed(run, moved_away(run.folder))
        else:
            cause = cause_of(ended, task.log.file, task.log.began)
            _note_end(task, "failed", cause)
            self._failed(task, cause)

    def _watch(self, task: GivenTask) -> None:
        """Someone else is at a task: until that is over, or its worker dead."""
        now = time.monotonic()
        if now < task.next_look:
            return
        task.next_look = now + beat_s() / 4
        attempt = last_attempt(task.run.folder, lease_of(task.id))
        if attempt is None or attempt.over:
            task.again()
        elif task.watch.lives(attempt) is False:
            self._progress.warn(f"{task.run.told(task.title)}: {attempt.holder} is not heard of any more; taken over")
            _note_end(task, "stopped", "its worker was lost")
            task.again()

    def _tell_how_far(self) -> None:
        now = time.monotonic()
        if now < self._next_told:
            return
        self._next_told = now + TOLD_EVERY_S
        for task in self._tasks("running"):
            memory_bytes = task.tell_how_far(self._progress)
            file = str(task.run.job.file)
            self._memory[file] = max(self._memory.get(file, 0), memory_bytes)

    # Ending

    def _finish(self, run: GivenRun) -> None:
        run.close(self.failures.get(run.name, ""))
        if not run.stopped and run.name not in self.failures and self._options.pause_kimg is None:
            page = run.folder / INDEX
            self._progress.say(f"{run.name}: done, {page if page.exists() else run.folder}")

    def _failed(self, task: GivenTask, text: str, *, partly: bool = False) -> None:
        task.state = "partly" if partly else "failed"
        self._note(task.run, f"{task.title} failed: {text.removeprefix(f'{task.run.job.name}: ')}")

    def _run_failed(self, run: GivenRun, error: ArtgenError) -> None:
        run.given_up = True
        for task in run.tasks.values():
            task.state = "failed" if task.state in ("waiting", "watched") else task.state
        self.exit_codes.setdefault(run.name, error.exit_code)
        self._note(run, str(error))

    def _note(self, run: GivenRun, text: str) -> None:
        self._progress.warn(run.told(text))
        self.failures[run.name] = "\n".join(filter(None, (self.failures.get(run.name), text)))

    def _stop_all(self) -> None:
        self._stopping = True
        for run in self._runs:
            if run.begun and not run.closed:
                with contextlib.suppress(ArtgenError, OSError):  # a full disk: signals reach those that have them
                    ask_to_stop(run.folder)
        for task in self._tasks("running"):
            task.stop()
        for task in self._tasks("waiting", "watched"):
            task.state = "stopped"
            task.run.stopped = True


def _note_end(task: GivenTask, state: State, text: str) -> None:
    """Write down how a worker ended that could not do it itself; a disk that is full or away stops no other task."""
    with contextlib.suppress(ArtgenError):
        record_end(task.run.folder, lease_of(task.id), state, text)


def _listed(names: Sequence[str]) -> str:
    """The first of many names, and how many more there are."""
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
