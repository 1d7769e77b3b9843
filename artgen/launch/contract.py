"""What a launcher is: it starts workers somewhere and says how they ended. All else is `artgen.launch.scheduler`'s.

A launcher is a class that is made once per call with its config and a `Batch`. What a worker needs is a `TaskCommand`:
its words are a whole command line, ``artgen task LOCK ID``. How far it is, what it says and how it ended a worker writes
into the run folder itself, so that a launcher neither reads nor carries any of that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Batch:
    """The call that a launcher is made for.

    Attributes:
        runs: how many runs there are, finished ones among them.
        jobs: how many tasks at a time the user wants at most (``--jobs``); None where nothing was said.
        say: one line for the user.
        warn: one line that nobody should miss.
    """

    runs: int
    jobs: int | None
    say: Callable[[str], None]
    warn: Callable[[str], None]


@dataclass(frozen=True)
class TaskCommand:
    """A worker to be started.

    Attributes:
        lock: ``job.lock.toml`` of the run, absolute; the worker must reach it by this path.
        task: id of the task: ``train``, ``paint``, ``output:NAME``, ``output:NAME:SHARD``.
        run: name of the run, for people.
        threads: how many processor threads it works with; they are part of the lock.
        devices: how many GPUs it wants; 0 where it works on processors.
        gpu: the only GPU that will do, as the job counts them; None where any will.
        memory_bytes: what a task like it took of a GPU; 0 where nobody knows yet.
        words: the command line, beginning with this process's Python. Elsewhere the first may be another one.
        environment: variables that the worker needs beside those that are there anyway.
        log: where the worker writes what it says; its folder is there. What the process says before it gets so far,
            such as that there is no Python, belongs there too.
    """

    lock: Path
    task: str
    run: str
    threads: int
    devices: int
    gpu: int | None
    memory_bytes: int
    words: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path


@dataclass(frozen=True)
class Ended:
    """How a worker ended.

    Attributes:
        code: exit code, negative for a signal; None where nobody knows.
        lost: its machine was lost or taken away, and it was not its fault: the task is started again.
        told: what the launcher knows of it, in words.
    """

    code: int | None
    lost: bool = False
    told: str = ""


class Running(Protocol):
    """A worker that was started."""

    def poll(self) -> Ended | None:
        """How it ended; None while it runs or waits for its turn.

        Called several times a second, from one thread: a launcher may do then what it has to do in between.
        """

    def stop(self) -> None:
        """Ask it to save and end, as Ctrl-C does; it may be called again."""

    def kill(self) -> None:
        """End it at once."""


class Launcher(Protocol):
    """Starts workers.

    Attributes:
        threads: how many processor threads a task gets where its job does not say.
        slots: how many tasks work at a time, as far as it knows; an output is cut into as many shards.
    """

    threads: int
    slots: int

    def start(self, command: TaskCommand) -> Running | None:
        """Start a worker, or hand it to a queue; None where there is no room for it now, to be asked again later."""

    def close(self) -> None:
        """Let go of what it holds; all workers have ended."""
