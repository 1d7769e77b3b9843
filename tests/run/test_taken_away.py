"""A machine that is taken away, as by a cluster's preemption: every process on it is asked to end at once."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from artgen.cli.group import run as artgen
from artgen.runs.tasks.attempts import last_attempt
from tests.tiny_job import TINY_JOB

LEANING = """
import time
import artgen
from artgen.config import OutputConfig

class LeaningConfig(OutputConfig):
    stops: bool = True

class Leaning:
    "Leans on a process of its own, which is gone as soon as somebody asks to stop."
    def __init__(self, config, name):
        self.config, self.name = config, name
    def write(self, source, run):
        (run.artifact_folder(self.name) / "began").touch()
        while self.config.stops and not run.interrupted():
            time.sleep(0.01)
        raise artgen.ArtgenError("ffmpeg was killed by signal 15")

@artgen.hookimpl
def register_outputs(register):
    register("leaning", f"{__name__}:Leaning", config=f"{__name__}:LeaningConfig", summary="Leans on others")
"""


def _take_away(after: Path) -> None:
    """What Slurm's SIGTERM does to a worker, which is not the only one to get it."""
    until = time.monotonic() + 60
    while not after.exists() and time.monotonic() < until:
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")
def test_what_falls_with_its_helpers_was_stopped_and_has_not_failed(
    tmp_path: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("leaning.py").write_text(LEANING)
    outputs = "".join(f'\n[[outputs]]\ntype = "leaning"\nname = "{name}"\n' for name in ("taken", "broken"))
    text = TINY_JOB.format(pictures=pictures).replace("steps = 24", "steps = 2")
    Path("job.toml").write_text(f"{text}{outputs}stops = false\n")
    plugged = ["--plugin", "leaning.py"]
    assert artgen([*plugged, "run", "job.toml", "--prepare"]) == 0, capsys.readouterr().err
    run = Path("runs/tiny").absolute()

    def task(name: str) -> int:
        return artgen([*plugged, "task", str(run / "job.lock.toml"), name])

    assert task("train") == 0
    threading.Thread(target=_take_away, args=(run / "artifacts" / "taken" / "began",), daemon=True).start()
    assert task("output:taken") == 130
    assert "asked to stop, and then: ffmpeg was killed by signal 15" in capsys.readouterr().err
    assert task("output:broken") == 1
    states = [last_attempt(run, f"output:{name}") for name in ("taken", "broken")]
    assert [told and told.state for told in states] == ["stopped", "failed"]
