"""artgen as a user starts it: a process of its own, in a folder with a job file and pictures."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.forked import run_artgen
from tests.tiny_job import TINY_JOB


class Desk:
    """A folder with ``job.toml`` and ``pictures/``, and the command.

    Attributes:
        run: the run folder that the job leaves.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.job = folder / "job.toml"
        self.run = folder / "runs" / "tiny"

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start ``artgen`` here and do not wait."""
        return subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "artgen", *words],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )

    def artgen(self, *words: str, code: int = 0, seconds: float = 300) -> str:
        """Run ``artgen`` here; returns what it said, and never a traceback."""
        ended, out, err = run_artgen(words, self.folder, seconds)
        assert ended == code, f"exit {ended}\n{out}\n{err}"
        assert "Traceback" not in err
        return out + err

    def edit(self, old: str, new: str) -> None:
        """Change the job file."""
        text = self.job.read_text(encoding="utf-8")
        assert old in text
        self.job.write_text(text.replace(old, new), encoding="utf-8")

    def weights(self, run: Path | None = None) -> dict[str, bytes]:
        """The files of the last checkpoint."""
        last = max((run or self.run).glob("checkpoints/0*"))
        return {path.name: path.read_bytes() for path in sorted(last.glob("*.safetensors"))}

    def wait_for(self, process: subprocess.Popen[str], paths: Sequence[Path], seconds: float = 120) -> None:
        """Until one of the files is there or the process has ended."""
        import time

        end = time.monotonic() + seconds
        while process.poll() is None and not any(path.exists() for path in paths):
            assert time.monotonic() < end, f"none of {paths} came"
            time.sleep(0.01)

    @staticmethod
    def kill(process: subprocess.Popen[str]) -> None:
        """SIGKILL: nothing can be saved any more."""
        process.send_signal(signal.SIGKILL)
        process.communicate()


@pytest.fixture
def desk(tmp_path: Path, pictures: Path) -> Desk:
    """A tiny job on real pictures."""
    shutil.copytree(pictures, tmp_path / "pictures", ignore=shutil.ignore_patterns("*.md"))
    (tmp_path / "job.toml").write_text(TINY_JOB.format(pictures="pictures"), encoding="utf-8")
    return Desk(tmp_path)
