"""Runs and tasks as their scheduler sees them: what state each is in, and who is at it."""

from __future__ import annotations

import contextlib
import os
import sys
import uuid
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal

from artgen.errors import ArtgenError, InterruptedRun
from artgen.job.threads import threads_of_job
from artgen.launch.contract import Ended, Launcher, Running, TaskCommand
from artgen.launch.graph import Node, lease_of, nodes_of, title_of
from artgen.launch.options import RunOptions
from artgen.launch.worker import ATTEMPT
from artgen.runs.logs import LogReader, log_file
from artgen.runs.open import begun_run, run_folder, told_when_over
from artgen.runs.progress import Progress
from artgen.runs.store import LOCK_NAME
from artgen.runs.tasks.attempts import last_attempt, write_plan
from artgen.runs.tasks.stop_file import PARENT
from artgen.runs.tasks.watch import Watch

if TYPE_CHECKING:
    from artgen.job.model import Job
    from artgen.plugins import PluginManager

State = Literal["waiting", "running", "watched", "done", "failed", "partly", "blocked", "stopped"]
"""``watched``: others are at it. ``partly``: it failed, and what it made is of use. ``blocked``: what it needs failed."""
_OVER = frozenset({"done", "failed", "partly", "blocked", "stopped"})


class GivenRun:
    """A run whose tasks are given out.

    Attributes:
        name: what it is called among the others; that of its job, and more where another has the same.
    """

    def __init__(
        self,
        job: Job,
        name: str,
        options: RunOptions,
        launcher: Launcher,
        progress: Progress,
        plugins: PluginManager,
    ) -> None:
        self.job = job
        self.name = name
        self.folder = run_folder(job, options)
        self.begun = False
        self.closed = False
        self.given_up = False
        self.taken_over: Callable[[], bool] = lambda: False
        self.stopped = False
        nodes = nodes_of(job, options, launcher.slots)
        self.tasks = {node.task: GivenTask(self, node) for node in nodes}
        self._options = options
        self._threads = launcher.threads
        self._progress = progress
        self._plugins = plugins
        self._open = contextlib.ExitStack()

    @property
    def over(self) -> bool:
        """Whether nothing more is to be done."""
        return all(task.state in _OVER for task in self.tasks.values())

    def begin(self) -> None:
        """Make its folder and its lock, and hold it until `close`.

        Raises:
            ArtgenError: it cannot be begun.
        """
        opened = begun_run(self.job, self._options, fingerprints={}, threads=self._threads, warn=self._progress.warn)
        run = self._open.enter_context(opened)
        self._open.enter_context(told_when_over(run, self._plugins))
        self.job, self.begun, self.taken_over = run.job, True, run.interrupted
        write_plan(self.folder, list(self.tasks))

    def close(self, failed: str) -> None:
        """Let go of it."""
        if not self.closed:
            self.closed = True
            stopped = InterruptedRun("interrupted", where=self.name) if self.stopped else None
            error = ArtgenError(failed, where=self.name) if failed else stopped
            with contextlib.suppress(ArtgenError):
                self._open.__exit__(type(error) if error else None, error, None)

    def stop(self) -> None:
        """Nothing more of it is to be done now."""
        self.stopped = True
        for task in self.tasks.values():
            task.state = "stopped" if task.state == "waiting" else task.state

    def told(self, text: str) -> str:
        """A line about it, with its name."""
        return text if text.startswith(f"{self.name}: ") else f"{self.name}: {text}"


class GivenTask:
    """A task of such a run.

    Attributes:
        state: what has become of it.
        checked: whether it was looked for being done.
        tries: how often it was started.
        name: of its present attempt, by which it is known in the run folder.
        watch: whether others who are at it live.
        next_look: when to look at them again.
    """

    def __init__(self, run: GivenRun, node: Node) -> None:
        self.run = run
        self.id = node.task
        self.state: State = "waiting"
        self.checked = False
        self.tries = 0
        self.name = ""
        self.watch = Watch()
        self.next_look = 0.0
        self.log = LogReader(log_file(run.folder, self.id))
        self._node = node
        self._running: Running | None = None
        self._bars: set[str] = set()

    @property
    def title(self) -> str:
        """What people call it."""
        return title_of(self.id)

    @property
    def wants_gpu(self) -> bool:
        """Whether it works on a GPU where there is one."""
        return self._devices() > 0

    def settle_by_others(self) -> bool:
        """Whether all that it needs is there; where that has failed it is blocked."""
        tasks = self.run.tasks
        if any(tasks[need].state in ("failed", "blocked") for need in self._node.needs):
            self.state = "blocked"
            return False
        ready = all(tasks[need].state in ("done", "partly") for need in self._node.needs)
        return ready and all(tasks[other].state in _OVER for other in self._node.after)

    def start(self, launcher: Launcher, memory_bytes: int) -> bool:
        """Have a worker started; False where the launcher has no room for it."""
        self.name = uuid.uuid4().hex[:12]
        self.log = LogReader(log_file(self.run.folder, self.id))
        self._running = launcher.start(self._command(memory_bytes))
        if self._running is None:
            return False
        self.state, self.tries = "running", self.tries + 1
        return True

    def again(self) -> None:
        """It is to be started again, after a look whether that is needed."""
        self.state, self.checked = "waiting", False

    def poll(self) -> Ended | None:
        """How its worker ended; None while it runs."""
        return self._running.poll() if self._running else Ended(None)

    def stop(self) -> None:
        """Ask its worker to save and end."""
        if self._running:
            self._running.stop()

    def kill(self) -> None:
        """End its worker at once."""
        if self._running:
            self._running.kill()

    def said(self) -> Iterator[tuple[str, bool]]:
        """What its worker has said since, and whether it is a warning."""
        return self.log.lines()

    def tell_how_far(self, progress: Progress) -> int:
        """Show how far its worker is, and return the bytes that it takes of a GPU, as far as it has said."""
        attempt = last_attempt(self.run.folder, lease_of(self.id))
        if attempt is None or attempt.token != self.name or not attempt.progress:
            return 0
        told = attempt.progress
        numbers = told.get("numbers", {})
        bar = f"{self.run.name} {self.title if told['what'] == 'train' else told['what']}"
        for other in self._bars - {bar}:
            progress.finish(other)
        self._bars = {bar}
        progress.update(bar, told["done"], told["total"], numbers)
        return int(float(numbers.get("GB", 0)) * 1e9)

    def finish(self, progress: Progress) -> None:
        """Its worker has ended."""
        for text, warning in self.said():
            (progress.warn if warning else progress.say)(self.run.told(text))
        for bar in self._bars:
            progress.finish(bar)
        self._bars = set()
        self._running = None

    def _devices(self) -> int:
        config = getattr(self.run.job, self.run.job.work[0])
        if config.device in ("cpu", "mps"):
            return 0
        wanted = getattr(config, "devices", 1) if self.id.partition(":")[0] == "train" else 1
        return sys.maxsize if wanted == "auto" else int(wanted)

    def _command(self, memory_bytes: int) -> TaskCommand:
        job, lock = self.run.job, self.run.folder / LOCK_NAME
        config = getattr(job, job.work[0])
        passed_on = {key: value for key, value in os.environ.items() if key.startswith("ARTGEN_") and key != PARENT}
        self.log.file.parent.mkdir(parents=True, exist_ok=True)
        return TaskCommand(
            lock=lock,
            task=self.id,
            run=self.run.name,
            threads=threads_of_job(job) or 1,
            devices=self._devices(),
            gpu=int(config.device.removeprefix("cuda:")) if config.device.startswith("cuda:") else None,
            memory_bytes=memory_bytes,
            words=(sys.executable, "-P", "-m", "artgen", "task", str(lock), self.id, "--log"),
            environment={**passed_on, ATTEMPT: self.name},
            log=self.log.file,
        )
