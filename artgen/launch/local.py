"""The launcher that is always there: a process on this machine for each task, with its share of cores and GPUs."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artgen.cores import cores
from artgen.launch.contract import Batch, Ended, TaskCommand
from artgen.launch.gpus import Gpu, visible_gpus
from artgen.runs.tasks.stop_file import PARENT

if TYPE_CHECKING:
    from artgen.launch.config import LocalConfig

BYTES_PER_TASK = 3 * 2**29
"""Main memory that a small task takes, Python and torch among it."""
SHARE_OF_GPU = 0.9
CONTEXT_BYTES = 2**29
"""What CUDA takes of a GPU for each process, beside what torch counts."""
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


class Local:
    """Starts workers on this machine, as many as it has room for.

    Args:
        config: its options.
        batch: the call.
    """

    def __init__(self, config: LocalConfig, batch: Batch) -> None:
        self._gpus = visible_gpus()
        self._per_gpu = config.per_gpu
        self._cores = cores()
        asked = batch.jobs or config.jobs
        self.slots = asked or _affordable(self._cores, len(self._gpus), batch.runs)
        self.threads = max(1, self._cores // self.slots)
        self._running: list[LocalProcess] = []

    def start(self, command: TaskCommand) -> LocalProcess | None:
        """Start a worker; None where cores or GPUs are all in use."""
        self._running = [process for process in self._running if process.poll() is None]
        threads_left = max(self._cores, self.slots) - sum(process.command.threads for process in self._running)
        if self._running and (len(self._running) >= self.slots or command.threads > threads_left):
            return None
        gpus = self._gpus_for(command)
        if gpus is None:
            return None
        process = LocalProcess(command, gpus, {**dict.fromkeys(_THREADS, str(command.threads)), **self._shares()})
        self._running.append(process)
        return process

    def close(self) -> None:
        """Nothing is held."""

    def _shares(self) -> dict[str, str]:
        return {PARENT: str(os.getpid()), "ARTGEN_SHARES": str(self.slots)}

    def _gpus_for(self, command: TaskCommand) -> Sequence[str] | None:
        """The names of the GPUs that a task is given: none where it wants none, None where it has to wait."""
        if not command.devices or not self._gpus:
            return ()
        candidates = self._gpus if command.gpu is None else self._gpus[command.gpu : command.gpu + 1]
        with_room = [gpu for gpu in candidates if self._has_room(gpu, command)]
        with_room.sort(key=lambda gpu: len(self._on(gpu)))
        wanted = min(command.devices, len(candidates))
        return [gpu.name for gpu in with_room[:wanted]] if len(with_room) >= wanted else None

    def _on(self, gpu: Gpu) -> list[LocalProcess]:
        return [process for process in self._running if gpu.name in process.gpus]

    def _has_room(self, gpu: Gpu, command: TaskCommand) -> bool:
        there = self._on(gpu)
        if not there:
            return True
        if self._per_gpu:
            return len(there) < self._per_gpu
        if not command.memory_bytes:
            return False  # until the first one has been seen to take some
        takes = command.memory_bytes + CONTEXT_BYTES
        taken = sum(max(takes, process.command.memory_bytes + CONTEXT_BYTES) for process in there)
        return taken + takes <= gpu.free_bytes * SHARE_OF_GPU


def _affordable(cores: int, gpus: int, runs: int) -> int:
    """How many tasks at a time: one to a core or, where there are GPUs, as many as these may hold."""
    memory = _free_bytes()
    fit = max(1, memory // BYTES_PER_TASK) if memory else cores
    return max(1, min(runs, max(cores, gpus), fit))


def _free_bytes() -> int:
    """Main memory that is free; 0 where nobody tells."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return 0


@dataclass
class LocalProcess:
    """A worker on this machine.

    Attributes:
        command: that it does.
        gpus: those that it sees.
        environment: what is set beside what the command says.
    """

    command: TaskCommand
    gpus: Sequence[str]
    environment: dict[str, str]
    _process: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        pinned = {"CUDA_VISIBLE_DEVICES": ",".join(self.gpus)} if self.gpus else {}
        words = list(self.command.words)
        if self.gpus and self.command.gpu is not None:
            words += ["--device", "cuda"]  # the only one that it sees
        # A group of its own: Ctrl-C on the terminal reaches who gives out the tasks, which asks them to save and end.
        apart: dict[str, Any] = {} if os.name == "nt" else {"start_new_session": True}
        with self.command.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 (our own interpreter and command)
                words,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.command.environment, **self.environment, **pinned},
                **apart,
            )

    @property
    def process(self) -> int:
        """Its number."""
        return self._process.pid

    def poll(self) -> Ended | None:
        """How it ended; None while it runs."""
        code = self._process.poll()
        return None if code is None else Ended(code)

    def stop(self) -> None:
        """Ask it to save and end; on Windows the file in the run folder does."""
        if self._process.poll() is None and os.name != "nt":
            self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it, and what it has started, at once."""
        if os.name == "nt":
            self._process.kill()
        else:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
