"""What is asked of launchers: a job that they run is the same job."""

from __future__ import annotations

from artgen.errors import ArtgenError
from artgen.runs.store import Run
from artgen.testing.conformance.trial import Trial
from artgen.testing.conformance.verdict import Told, Unmet, expect

_OUTPUTS = [{"type": "images", "seeds": "0-1"}]


def runs_a_job(trial: Trial) -> Told:
    """A job is run to its end, and what it leaves is what the local launcher leaves, to the byte."""
    ours = trial.run({"outputs": _OUTPUTS}, into="local")
    theirs = trial.run({"outputs": _OUTPUTS, "launcher": trial.entry()}, into="launched")
    expect(theirs.checkpoint is not None, "a job that it ran", expected="trained to its end", found="no checkpoint")
    one, other = _left(ours), _left(theirs)
    differing = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
    expect(not differing, "what a job leaves", expected="the same as with the launcher local", found=differing)
    return Told(f"{len(one)} files")


def goes_on(trial: Trial) -> Told:
    """A job that was finished and whose budget grew goes on."""
    tables = {"outputs": _OUTPUTS, "launcher": trial.entry()}
    trial.run(tables)
    run = trial.run(tables, "train.steps=4")
    found = run.checkpoint.step if run.checkpoint else 0
    expect(found == 4, "a job whose budget grew", expected="went on to step 4", found=f"is at step {found}")
    return Told()


def tells_of_failure(trial: Trial) -> Told:
    """A job that fails raises an ArtgenError."""
    tables = {"launcher": trial.entry(), "train": {"steps": 40, "batch": 4, "device": "cpu", "precision": "fp32"}}
    try:
        trial.run(tables, "train.generator.rate=1e30")
    except ArtgenError:
        return Told()
    raise Unmet("a job whose training fails", expected="an ArtgenError", found="no error at all")


def _left(run: Run) -> dict[str, bytes]:
    files = [run.folder / artifact.path for artifact in run.artifacts()]
    files += max(run.checkpoints.glob("0*")).glob("*.safetensors")
    return {file.relative_to(run.folder).as_posix(): file.read_bytes() for file in files}
