"""The other processes of a training on this machine: started, watched, and ended with this one."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from artgen.engine.team.distributed import GOES_ON
from artgen.errors import ArtgenError

_GRACE_S = 20.0
"""For what is left to do when the training is over."""
_CAUSE_WITHIN_S = 10.0
"""A process whose sockets have closed has ended by then."""
_TICK_S = 0.05
_SHOWN_LINES = 3


class Crew:
    """Processes of ``artgen.launch.follower``, ranks 1 and up.

    Each has a log of its own. They are in no foreground of a terminal, so that Ctrl-C reaches only the process that
    started them; and they end when its end of their pipes is closed, be it by SIGKILL.

    Args:
        starts: what each is to do.
        logs: the folder of their logs.
        environment: variables beside those of this process.
    """

    def __init__(self, starts: Sequence[Mapping[str, Any]], logs: Path, environment: Mapping[str, str]) -> None:
        self.starts = list(starts)
        self.logs = logs
        self.environment = dict(environment)
        self.processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Crew:
        self.logs.mkdir(parents=True, exist_ok=True)
        try:
            for rank, start in enumerate(self.starts, 1):
                self.processes.append(self._started(rank, start))
        except BaseException:
            self._end(grace_s=0)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end(grace_s=0 if error else _GRACE_S)

    def log_of(self, rank: int) -> Path:
        """What a process says."""
        return self.logs / f"train-rank-{rank}.log"

    def check(self) -> None:
        """Nothing, while all of them are there.

        Raises:
            ArtgenError: one has ended.
        """
        if cause := self._cause():
            raise ArtgenError(cause, hint=GOES_ON)

    def cause(self) -> str:
        """Why one has ended, "" where none has within a few seconds."""
        until = time.monotonic() + _CAUSE_WITHIN_S
        while not (cause := self._cause()) and time.monotonic() < until:
            time.sleep(_TICK_S)
        return cause

    def _cause(self) -> str:
        for rank, process in enumerate(self.processes, 1):
            code = process.poll()
            if code:
                return f"process {rank} of {len(self.processes) + 1} {_ended(code)}{self._last_words(rank)}"
        return ""

    def _last_words(self, rank: int) -> str:
        text = self.log_of(rank).read_text(encoding="utf-8", errors="replace").strip()
        lines = "".join(f"\n    {line}" for line in text.splitlines()[-_SHOWN_LINES:])
        return f"{':' if lines else ','} see {self.log_of(rank)}{lines}"

    def _started(self, rank: int, start: Mapping[str, Any]) -> subprocess.Popen[bytes]:
        apart: dict[str, Any] = {} if os.name == "nt" else {"process_group": 0}
        with self.log_of(rank).open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "artgen.launch.follower"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | self.environment,
                **apart,
            )
        with contextlib.suppress(OSError):  # it has died already: who waits for it is told
            self._pipe(process).write(json.dumps(start).encode() + b"\n")
            self._pipe(process).flush()
        return process

    @staticmethod
    def _pipe(process: subprocess.Popen[bytes]) -> Any:
        return process.stdin

    def _end(self, grace_s: float) -> None:
        until = time.monotonic() + grace_s
        for process in self.processes:
            try:
                process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for process in self.processes:
            with contextlib.suppress(OSError):  # what was written to a process that had died
                self._pipe(process).close()


def _ended(code: int) -> str:
    if code > 0:
        return "failed"
    if code == -signal.SIGKILL:
        return "was killed, as happens where memory runs out"
    return f"was ended by {signal.Signals(-code).name}"
