"""What runs on a machine of the cluster: a worker of artgen, in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_LOOK_S = 0.1


def work(words: Sequence[str], environment: Mapping[str, str], log: str) -> int:
    """Run a command with this machine's Python, and wait for it.

    Where Ray cancels the task, which it does by KeyboardInterrupt, the worker is asked to save and end. Where this
    process ends, Ray ends the worker too, and where Ray cannot, the worker sees its parent gone.

    Args:
        words: the command; its first word is the Python of another machine.
        environment: variables that it needs beside those that are here.
        log: what it says is added to this file.

    Returns:
        Its exit code, negative for a signal.
    """
    own = {**os.environ, **environment, "ARTGEN_PARENT": str(os.getpid())}
    with Path(log).open("ab") as told:
        process = subprocess.Popen(  # noqa: S603 - artgen's own command
            [sys.executable, *words[1:]],
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=told,
            env=own,
            start_new_session=os.name != "nt",
        )
    while True:
        try:
            while process.poll() is None:
                time.sleep(_LOOK_S)  # a wait for the process would not be interrupted
            return process.returncode
        except KeyboardInterrupt:
            if os.name != "nt":  # where the file in the run folder asks it
                process.send_signal(signal.SIGTERM)
