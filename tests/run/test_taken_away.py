"""A machine that is taken away, as by a cluster's preemption: every process on it is asked to end at once."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from artgen.cli.group import run as artgen
from artgen.runs.attempts import last_attempt
from tests.tiny_job import TINY_JOB

FILM = '\n[[outputs]]\ntype = "interpolation"\nseconds = 240\nseeds = "0-1"\nscale = 1\npace = "even"\n'


def _take_away(after: Path) -> None:
    """End this process and its children as Slurm does: all of them get the signal."""
    until = time.monotonic() + 60
    while not after.exists() and time.monotonic() < until:
        time.sleep(0.01)
    encoders = [child for child in psutil.Process().children() if "ffmpeg" in child.name()]
    os.kill(os.getpid(), signal.SIGTERM)
    for encoder in encoders:
        encoder.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")
def test_what_falls_with_its_helpers_was_stopped_and_has_not_failed(
    tmp_path: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = TINY_JOB.format(pictures=pictures).replace("steps = 24", "steps = 2")
    Path("job.toml").write_text(text + FILM)
    assert artgen(["run", "job.toml", "--prepare"]) == 0
    run = Path("runs/tiny").absolute()
    lock = str(run / "job.lock.toml")
    assert artgen(["task", lock, "train"]) == 0
    first = run / "artifacts" / "interpolation" / "segments" / "00000.mp4"
    threading.Thread(target=_take_away, args=(first,), daemon=True).start()
    assert artgen(["task", lock, "output:interpolation"]) == 130, capsys.readouterr().err
    told = last_attempt(run, "output:interpolation")
    assert told is not None
    assert told.state == "stopped"
