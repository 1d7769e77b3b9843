"""The launcher: workers that are given out together become one job array."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path

from artgen import ArtgenError
from artgen.launch.contract import Batch, Ended, TaskCommand
from artgen.runs.files import write_text

from artgen_slurm.config import SlurmConfig
from artgen_slurm.queue import JobState, Unreachable, ask_to_end, end, states_of, submit
from artgen_slurm.script import Needs, needs_of, options_of, script_of

_GATHER_S = 0.5
"""How long workers are waited for that may go into one array."""
_MOST_IN_AN_ARRAY = 500
"""Slurm takes 1,001 by default, and a script of 4 MB."""
_STOPPED = 130
_FORGOTTEN_S = 60.0
"""How long a job may be unknown to Slurm, as right after it was handed over, until it counts as lost."""
_LOST = {
    "NODE_FAIL": "its machine failed",
    "BOOT_FAIL": "its machine did not start",
    "PREEMPTED": "it was preempted",
    "TIMEOUT": "its time was over before it had saved",
    "DEADLINE": "its time was over before it had saved",
}
_OVER = frozenset({"COMPLETED", "FAILED", "CANCELLED", "OUT_OF_MEMORY", "REVOKED", *_LOST})


class SlurmLauncher:
    """Puts all workers into Slurm's queue.

    Args:
        config: its options.
        batch: the call.

    Attributes:
        threads: of a task, where its job does not say.
        slots: how many tasks are in the queue at a time.
    """

    def __init__(self, config: SlurmConfig, batch: Batch) -> None:
        self._config = config
        self._batch = batch
        self.threads = config.cores
        self.slots = batch.jobs or config.jobs
        self._gathered: list[SlurmTask] = []
        self._since = 0.0
        self._at_work: dict[str, SlurmTask] = {}
        self._next_look = 0.0
        self._silent = False

    def start(self, command: TaskCommand) -> SlurmTask:
        """Put a worker into the queue, unless an earlier call did, which has ended since."""
        task = SlurmTask(self, command)
        if job := _still_queued(command):
            self._batch.say(f"{command.run}: {command.task} is in Slurm's queue already, as {job}")
            self._handed_over(task, job)
        else:
            self._since = time.monotonic()
            self._gathered.append(task)
        return task

    def look(self) -> None:
        """Hand over what was gathered, and see what has become of the rest; most times it is not yet time to."""
        now = time.monotonic()
        if self._gathered and now - self._since >= _GATHER_S:
            self._submit()
        if self._at_work and now >= self._next_look:
            self._next_look = now + self._config.poll_s
            self._see()

    def drop(self, task: SlurmTask) -> bool:
        """Forget a worker that was not handed over yet; whether it was not."""
        if task in self._gathered:
            self._gathered.remove(task)
            return True
        return False

    def close(self) -> None:
        """Nothing is held."""

    def _submit(self) -> None:
        gathered, self._gathered = self._gathered, []
        alike: dict[Needs, list[SlurmTask]] = {}
        for task in gathered:
            alike.setdefault(needs_of(task.command, self._config), []).append(task)
        for needs, tasks in alike.items():
            for first in range(0, len(tasks), _MOST_IN_AN_ARRAY):
                self._submit_array(needs, tasks[first : first + _MOST_IN_AN_ARRAY])

    def _submit_array(self, needs: Needs, tasks: list[SlurmTask]) -> None:
        commands = [task.command for task in tasks]
        names = dict.fromkeys(command.run for command in commands)
        name = f"artgen {next(iter(names))}" + (" and others" if len(names) > 1 else "")
        options = options_of(needs, len(tasks), self._config, name)
        try:
            array = submit(script_of(commands, self._config), options)
        except Unreachable as error:
            self._tell_of_silence(error)
            self._gathered += tasks
            self._since = time.monotonic() + self._config.poll_s
            return
        except ArtgenError as error:
            if not self._at_work:
                raise
            for task in tasks:  # those that are in the queue are no worse for it
                task.ended = Ended(1, told=str(error))
            return
        for index, task in enumerate(tasks):
            self._handed_over(task, f"{array}_{index}")
        self._batch.say(f"Slurm: {len(tasks)} {'tasks' if len(tasks) > 1 else 'task'} in the queue as {array}")

    def _handed_over(self, task: SlurmTask, job: str) -> None:
        task.job, task.seen = job, time.monotonic()
        self._at_work[job] = task
        with contextlib.suppress(OSError):
            write_text(_note(task.command), f"{job}\n")

    def _see(self) -> None:
        try:
            states = states_of({job.partition("_")[0] for job in self._at_work})
        except Unreachable as error:
            self._tell_of_silence(error)
            return
        self._silent, now = False, time.monotonic()
        for job, task in list(self._at_work.items()):
            if state := states.get(job):
                task.seen, task.ended = now, ended_of(state, asked=task.asked)
            elif task.asked:  # what is dropped while it waits is forgotten at once
                task.ended = Ended(_STOPPED)
            elif now - task.seen > _FORGOTTEN_S:
                task.ended = Ended(None, told=f"Slurm knows nothing of job {job} any more")
            if task.ended:
                del self._at_work[job]
                _note(task.command).unlink(missing_ok=True)

    def _tell_of_silence(self, error: Unreachable) -> None:
        if not self._silent:
            self._silent = True
            self._batch.warn(f"Slurm does not answer as it should, and is asked again: {error}")


@dataclass(eq=False)
class SlurmTask:
    """A worker in the queue.

    Attributes:
        job: its id, once it was handed over.
        seen: when Slurm last knew of it.
        asked: whether it was asked to end.
        ended: how it ended.
    """

    launcher: SlurmLauncher
    command: TaskCommand
    job: str = ""
    seen: float = 0.0
    asked: bool = False
    ended: Ended | None = None

    def poll(self) -> Ended | None:
        """How it ended; None while it works or waits, also for its turn after preemption."""
        if self.ended is None:
            self.launcher.look()
        return self.ended

    def stop(self) -> None:
        """Ask it to save and end; what waits is dropped."""
        if not self.asked and not self._dropped():
            self.asked = True
            with contextlib.suppress(Unreachable):  # the file in the run folder asks it too
                ask_to_end([self.job])

    def kill(self) -> None:
        """End it at once."""
        if not self._dropped():
            self.asked = True
            with contextlib.suppress(Unreachable):
                end([self.job])

    def _dropped(self) -> bool:
        if self.launcher.drop(self) or not self.job:
            self.ended = self.ended or Ended(_STOPPED)
        return self.ended is not None


def ended_of(state: JobState, *, asked: bool) -> Ended | None:
    """How a worker ended, by what Slurm says of its job; None where it has not.

    Args:
        asked: whether it was asked to end.
    """
    if state.state not in _OVER:
        return None
    if asked and state.state == "CANCELLED":
        return Ended(_STOPPED)
    if state.state in _LOST:
        return Ended(None, lost=True, told=_LOST[state.state])
    if state.state == "COMPLETED":
        return Ended(0)
    told = "" if state.state == "FAILED" else f"Slurm says {state.state.lower().replace('_', ' ')}"
    return Ended(state.code or None, told=told)


def _note(command: TaskCommand) -> Path:
    """Where it is written which job a task is, for a later call."""
    return command.log.with_suffix(".slurm")


def _still_queued(command: TaskCommand) -> str:
    """The job that an earlier call made for a task, where it has not ended; else nothing."""
    with contextlib.suppress(OSError, Unreachable):
        job = _note(command).read_text(encoding="utf-8").strip()
        state = states_of({job.partition("_")[0]}).get(job)
        return job if state and state.state not in _OVER else ""
    return ""
