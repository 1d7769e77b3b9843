"""Checking an installed plugin in a process of its own, with a time limit. Imports no torch."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_FRAME = re.compile(r'File "([^"]+)", line (\d+) in ')
_MODULE = "artgen.testing.report"


@dataclass(frozen=True)
class Result:
    """What came of one check: ``passed``, ``failed`` or ``skipped``, and what there is to tell."""

    name: str
    check: str
    result: str
    text: str = ""


@dataclass
class Checked:
    """What came of all checks of a distribution."""

    distribution: str
    version: str
    seconds: float = 0.0
    results: list[Result] = field(default_factory=list)

    def count(self, result: str) -> int:
        """How many checks ended so."""
        return sum(one.result == result for one in self.results)


def check_plugin(distribution: str, version: str, *, timeout_s: float) -> Checked:
    """Load a plugin and make all checks; one that hangs, ends the process or crashes it has failed, and is told so."""
    checked = Checked(distribution, version)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="artgen-check-") as folder:
        file, errors = Path(folder) / "rows", Path(folder) / "errors"
        file.touch()
        # -P: what lies in the folder that somebody is in is not imported.
        words = [sys.executable, "-P", "-m", _MODULE, str(file), distribution, str(timeout_s)]
        with errors.open("wb") as stream:
            code = _run(words, stream, timeout_s)
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        checked.results = [Result(**row) for row in rows if "result" in row]
        if not any(row.get("over") for row in rows):
            at = next((row["at"] for row in reversed(rows) if "at" in row), "start")
            checked.results.append(_broken_off(at, code, timeout_s, errors.read_text("utf-8", "replace")))
    checked.seconds = time.monotonic() - began
    return checked


def _run(words: list[str], errors: Any, timeout_s: float) -> int | None:
    """The exit code, negative for a signal; None where the time was up."""
    apart: dict[str, Any] = {} if os.name == "nt" else {"start_new_session": True}
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, **apart
    )
    try:
        return process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        return None
    finally:  # also what it has started
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.name == "nt":
                process.kill()
            else:
                os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _broken_off(at: str, code: int | None, timeout_s: float, told: str) -> Result:
    """What is said of a process that was heard no more."""
    place = _place_in(told)
    if code is None:
        text = f"not over after {timeout_s:g} s: it hangs, or needs a longer --timeout"
    elif code < 0:
        text = f"crashed the process: {_signal_name(-code)}"
    else:
        text = f"ended the process with exit code {code}"
        place = ""
    name, _, check = ("plugin", "", "loads") if at in ("import", "start") else at.partition(": ")
    return Result(name, check, "failed", f"{text}{place}")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _place_in(told: str) -> str:
    """The innermost line of what faulthandler wrote that is neither Python's nor artgen's own."""
    ours = str(Path(__file__).parents[1])
    stdlib = str(Path(os.__file__).parent)
    for file, line in _FRAME.findall(told):
        if not file.startswith((ours, "<")) and (not file.startswith(stdlib) or "site-packages" in file):
            return f"\n  at {file}:{line}"
    return ""
