"""Many files, all cores: a pool of small processes that outlives any broken picture.

Processes and not threads, because half of the work on a small picture is Pillow's Python; started as plain
``python -c`` and not by `multiprocessing`, because that would import the user's script again (spawn) or copy a process
that has torch's threads in it (fork). A decoder that crashes on a file costs that file and nothing else.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import artgen

_BOOT = (
    "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); "  # Ctrl-C is for the process that started us
    "import sys, json; start = json.loads(sys.stdin.readline()); sys.path[:] = start['path']; "
    "from artgen.data.worker import main; main(start)"
)
_KEEP_MEMORY = {"MALLOC_TRIM_THRESHOLD_": str(1 << 26), "MALLOC_MMAP_THRESHOLD_": str(1 << 25)}
"""glibc would give the memory of each picture back and fetch it anew: a tenth of the time of a small picture."""

ITEMS_PER_LINE = 16
"""So few that a line and its answer fit into a pipe: neither side can block while the other waits for it."""

LINES_AHEAD = 2
"""Lines at one process: the one in hand, and the one after it."""

CRASHED = None
"""The result of an item on which the process died."""


def allowed_cores() -> int:
    """How many cores this process may use: its affinity and its container's quota, not what the machine has."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with contextlib.suppress(OSError, ValueError):
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        cores = min(cores, max(1, round(int(quota) / int(period))))
    return cores


def run(task: str, settings: Any, items: Sequence[Any], workers: int | None = None) -> Iterator[tuple[int, Any]]:
    """Do a task on every item, in any order.

    Args:
        task: import string of a function that takes the settings and returns an `artgen.data.worker.Task`.
        settings: given to each process once; plain data, as items and results are.
        items: what to do it on.
        workers: how many processes; as many as there are cores when it is None.

    Yields:
        (index of the item, its result or `CRASHED`).

    Raises:
        RuntimeError: the task raised; the text is its traceback.
    """
    count = min(workers or allowed_cores(), -(-len(items) // 4))
    lines = deque(_lines(len(items), max(1, count)))
    results: queue.SimpleQueue[list[tuple[int, Any]] | BaseException] = queue.SimpleQueue()
    crew = [_Member(task, settings, items, lines, results) for _ in range(count)]
    try:
        for member in crew:
            member.thread.start()
        done = 0
        while done < len(items):
            some = results.get()
            if isinstance(some, BaseException):
                raise some
            done += len(some)
            yield from some
    finally:
        lines.clear()
        for member in crew:
            member.dismiss()


def _lines(count: int, workers: int) -> Iterator[range]:
    """Indices in lines that grow short toward the end, so that all processes end at about the same time."""
    first = 0
    while first < count:
        length = max(1, min(ITEMS_PER_LINE, (count - first) // (4 * workers)))
        yield range(first, min(count, first + length))
        first += length


class _Member:
    """A process, and the thread that feeds it."""

    def __init__(
        self,
        task: str,
        settings: Any,
        items: Sequence[Any],
        lines: deque[range],
        results: queue.SimpleQueue[list[tuple[int, Any]] | BaseException],
    ) -> None:
        self.task = task
        self.settings = settings
        self.items = items
        self.lines = lines
        self.results = results
        self.process: subprocess.Popen[str] | None = None
        self.dismissed = False
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self._work, name="artgen-pool", daemon=True)

    def dismiss(self) -> None:
        """End the process, whatever it is doing, and its thread."""
        with self.lock:
            self.dismissed = True
            if self.process:
                self.process.kill()
        if self.thread.ident:
            self.thread.join()

    def _work(self) -> None:
        """Keep a line waiting at the process while it does another, so that it never waits for us."""
        sent: deque[range] = deque()
        try:
            while not self.dismissed:
                while len(sent) < LINES_AHEAD and self.lines:
                    with contextlib.suppress(IndexError):
                        sent.append(self.lines.popleft())
                        self._send(sent[-1])
                if not sent:
                    break
                answer = self._answer()
                if answer is None:
                    for index in [index for line in sent for index in line]:  # which of them kills the process?
                        self._do_alone(index)
                    sent.clear()
                else:
                    self._tell(sent.popleft(), answer)
        except BaseException as error:
            if not self.dismissed:
                self.results.put(error)
        finally:
            self._end()

    def _do_alone(self, index: int) -> None:
        if not self.dismissed:
            line = range(index, index + 1)
            self._send(line)
            self._tell(line, self._answer() or [CRASHED])

    def _tell(self, line: range, results: list[Any]) -> None:
        if not self.dismissed:
            self.results.put(list(zip(line, results, strict=True)))

    def _send(self, line: range) -> None:
        process = self._started()
        if process and process.stdin:
            with contextlib.suppress(OSError):  # it has died: there will be no answer
                process.stdin.write(json.dumps([self.items[index] for index in line]) + "\n")
                process.stdin.flush()

    def _answer(self) -> list[Any] | None:
        """The results of the line that was sent first, or None when the process has died."""
        process = self.process
        answer = process.stdout.readline() if process and process.stdout else ""
        if answer.endswith("\n"):
            results: list[Any] | str = json.loads(answer)
            if isinstance(results, str):
                raise RuntimeError(results)
            return results
        self._end()
        return None

    def _started(self) -> subprocess.Popen[str] | None:
        with self.lock:
            if self.process or self.dismissed:
                return self.process
            self.process = subprocess.Popen(  # noqa: S603 (our own interpreter and code)
                [sys.executable, "-S", "-P", "-c", _BOOT],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="ascii",
                env=_KEEP_MEMORY | os.environ,
            )
        path = [str(Path(artgen.__file__).resolve().parent.parent), *sys.path]
        start = {"path": path, "task": self.task, "settings": self.settings}
        with contextlib.suppress(OSError):
            if self.process.stdin:
                self.process.stdin.write(json.dumps(start) + "\n")
        return self.process

    def _end(self) -> None:
        with self.lock:
            process, self.process = self.process, None
        if process:
            with contextlib.suppress(OSError):
                if process.stdin:
                    process.stdin.close()
            if self.dismissed:
                process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()
