"""What is told of a worker that died before it could say why."""

from __future__ import annotations

import signal
from pathlib import Path

from artgen.launch.contract import Ended
from artgen.runs.logs import tail_of

_OFTEN = {
    "SIGKILL": "often because the memory was full",
    "SIGSEGV": "a mistake in a library that is not Python's",
    "SIGBUS": "often because the disk was full",
}


def cause_of(ended: Ended, log: Path, since: int = 0) -> str:
    """How a worker ended, in words, and the last lines of its log.

    Args:
        ended: as its launcher tells.
        log: of the task.
        since: the bytes of the log that earlier workers wrote.
    """
    lines = tail_of(log, since)
    last = "\n  ".join([f"the last lines of {log}:", *lines]) if lines else f"it said nothing ({log})"
    return f"{' '.join(filter(None, (_how(ended.code), ended.told)))}; {last}"


def _how(code: int | None) -> str:
    if code is None:
        return "its worker ended"
    if code >= 0:
        return f"its worker ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = ""
    why = f", {_OFTEN[name]}" if name in _OFTEN else ""
    return f"its worker was killed by signal {-code}{f' ({name})' if name else ''}{why}"
