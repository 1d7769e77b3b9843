"""What becomes of workers that Slurm does not take, as scripts in its place say it."""

from __future__ import annotations

from pathlib import Path

import pytest
from artgen import ArtgenError
from artgen.launch.contract import Batch

from artgen_slurm.config import SlurmConfig
from artgen_slurm.launcher import SlurmLauncher
from artgen_slurm.queue import states_of
from conftest import Command, Told, ended

CONFIG = SlurmConfig(cores=1, poll_s=0.05)
NO = "Batch job submission failed: Invalid account or account/partition combination specified"
FULL = "error: AssocMaxSubmitJobLimit\nBatch job submission failed: Job violates accounting/QOS policy"


@pytest.fixture
def sbatch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file whose text sbatch refuses with; empty, it takes everything, and nothing ever ends."""
    said = tmp_path / "said"
    said.touch()
    for name, line in (
        ("sbatch", f"if [ -s {said} ]; then cat {said} >&2; exit 1; fi; echo 7"),
        ("squeue", "printf '%-48s%-24s%-24s\\n' 7_0 RUNNING 0"),
    ):
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{line}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    return said


def test_a_full_queue_is_waited_for(sbatch: Path, command: Command, batch: Batch, told: Told) -> None:
    sbatch.write_text(FULL)
    task = SlurmLauncher(CONFIG, batch).start(command(""))
    while not told:
        assert task.poll() is None
    assert "AssocMaxSubmitJobLimit" in told[0]
    sbatch.write_text("")
    while not task.job:
        assert task.poll() is None
    assert told[1:] == ["Slurm: 1 task in the queue as 7"]


def test_a_cluster_without_accounts_has_no_sacct_and_that_is_no_error(
    sbatch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(sbatch.parent / "bin"))
    (sbatch.parent / "bin" / "squeue").write_text("#!/bin/sh\n")  # it has forgotten them all
    assert states_of(["12"]) == {}


def test_what_is_refused_does_no_harm_to_what_is_in_the_queue(sbatch: Path, command: Command, batch: Batch) -> None:
    launcher = SlurmLauncher(CONFIG, batch)
    first = launcher.start(command(""))
    while not first.job:
        assert first.poll() is None
    sbatch.write_text(NO)
    second = launcher.start(command("", "output:sheet"))
    assert "Invalid account" in ended(second).told
    assert first.poll() is None
    with pytest.raises(ArtgenError, match="Invalid account"):
        ended(SlurmLauncher(CONFIG, batch).start(command("", "output:images")))
