"""What runs on a machine of the cluster: a worker of artgen, in a process of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

STOPPED = 130
"""The exit code of who was asked to stop, as of shells."""
_LOOK_S = 0.1


def work(words: Sequence[str], environment: Mapping[str, str], log: str) -> int:
    """Run a command with this machine's Python, and wait for it.

    Where Ray cancels the task, the worker is asked to save and end; one that was not started by then never is. Where this
    process ends, Ray ends the worker too, and where Ray cannot, the worker sees its parent gone.

    Args:
        words: the command; its first word is the Python of another machine.
        environment: variables that it needs beside those that are here.
        log: what it says is added to this file.

    Returns:
        Its exit code, negative for a signal.
    """
    own = {**os.environ, **environment, "ARTGEN_PARENT": str(os.getpid())}
    with _asked_to_stop() as asked:
        if asked.is_set():
            return STOPPED
        with Path(log).open("ab") as told:
            process = subprocess.Popen(  # noqa: S603 - artgen's own command
                [sys.executable, *words[1:]],
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=told,
                env=own,
                start_new_session=os.name != "nt",
            )
        passed_on = os.name == "nt"  # where the file in the run folder asks it
        while process.poll() is None:
            if asked.is_set() and not passed_on:
                process.send_signal(signal.SIGTERM)
                passed_on = True
            time.sleep(_LOOK_S)
        return process.returncode


@contextlib.contextmanager
def _asked_to_stop() -> Iterator[threading.Event]:
    """Set where Ray cancels the task.

    It does so by KeyboardInterrupt, which may come anywhere: out of `Popen` it would leave a worker behind that nobody
    knows of.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    before = signal.signal(signal.SIGINT, lambda *_: asked.set())
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)
