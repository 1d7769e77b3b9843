"""Slurm's own commands: handing jobs over, asking what has become of them, ending them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from artgen import ArtgenError

_SLOWEST_S = 120
"""The controller of a large cluster may take its time."""
_SQUEUE = "JobArrayID:48,State:24,exit_code:24,Reason:64"
_GONE = "Invalid job id"
_LATER = re.compile(r"Unable to contact|timed out|temporarily|Connection refused|Max\w*Submit\w*Limit")
"""What sbatch says where the same may be taken in a while: of a controller that is busy, of a queue that is full."""
_ID = re.compile(r"(\d+)(?:_(\d+))?")


@dataclass(frozen=True)
class JobState:
    """What Slurm says of a job.

    Attributes:
        state: in its words, such as ``RUNNING``, ``NODE_FAIL``.
        code: of the batch script, negative for a signal; None where it has not ended or nobody tells.
    """

    state: str
    code: int | None = None


class Unreachable(Exception):
    """The controller does not answer now, or takes nothing now."""


def submit(script: str, options: Sequence[str]) -> str:
    """Hand a job array over and return its id.

    Raises:
        ArtgenError: Slurm does not take it, or is not here.
        Unreachable: it takes none now, as when too many are in the queue.
    """
    done = _run(["sbatch", "--parsable", *options], script)
    if done.returncode:
        if _LATER.search(done.stderr):
            raise Unreachable(_words(done.stderr))
        raise ArtgenError(
            f"Slurm does not take the tasks: {_words(done.stderr)}",
            where="launcher",
            hint="Do partition, account, time, mem and gpus suit your cluster? sinfo and sacctmgr tell.",
        )
    return done.stdout.strip().partition(";")[0]


def states_of(arrays: Iterable[str]) -> dict[str, JobState]:
    """What has become of the jobs of some arrays, by ``ARRAY_INDEX``; those that Slurm has forgotten are left out.

    Raises:
        Unreachable: the controller does not answer.
    """
    wanted = sorted(arrays)
    if not wanted:
        return {}
    found = _queued(wanted)
    forgotten = set(wanted) - {job.partition("_")[0] for job in found}
    return {**(_accounted(sorted(forgotten)) if forgotten else {}), **found}


def ask_to_end(jobs: Sequence[str]) -> None:
    """Have those that wait dropped, and those that work save and end."""
    _cancel("--state=PENDING", *jobs)
    _cancel("--signal=TERM", "--full", *jobs)


def end(jobs: Sequence[str]) -> None:
    """End them at once."""
    _cancel("--signal=KILL", "--batch", *jobs)  # with the shell go all that it started
    _cancel(*jobs)


def _queued(arrays: Sequence[str]) -> dict[str, JobState]:
    """Those that wait or work, and for some minutes those that have ended."""
    done = _run(
        ["squeue", "--array", "--noheader", "--states=all", f"--Format={_SQUEUE}", f"--jobs={','.join(arrays)}"]
    )
    if done.returncode:
        if _GONE in done.stderr:  # said where it knows none of them
            return {}
        raise Unreachable(_words(done.stderr))
    found = {}
    for line in done.stdout.splitlines():
        job, state, code = (line[start:end].strip() for start, end in ((0, 48), (48, 72), (72, 96)))
        if _ID.fullmatch(job):
            found[job] = JobState(state, _exit_code(code) if code.isdigit() else None)
    return found


def _accounted(arrays: Sequence[str]) -> dict[str, JobState]:
    """Those that ended long ago, where the cluster keeps accounts."""
    words = ["sacct", "--noheader", "--parsable2", "--allocations", "--format=JobID,State,ExitCode"]
    try:
        done = _run([*words, f"--jobs={','.join(arrays)}"])
    except ArtgenError:  # where no accounts are kept it need not be installed
        return {}
    found = {}
    for line in done.stdout.splitlines() if done.returncode == 0 else ():
        job, state, code = line.split("|")
        exited, _, signal = code.partition(":")
        if _ID.fullmatch(job):
            found[job] = JobState(state.split()[0], -int(signal) if signal not in ("", "0") else int(exited))
    return found


def _exit_code(status: str) -> int:
    """Of what the system's wait tells."""
    number = int(status)
    return -(number & 127) if number & 127 else number >> 8


def _cancel(*words: str) -> None:
    _run(["scancel", "--quiet", *words])


def _run(words: Sequence[str], stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 - Slurm's own commands
            words, input=stdin, capture_output=True, text=True, timeout=_SLOWEST_S, check=False
        )
    except OSError as error:
        raise ArtgenError(
            f"there is no {words[0]} here", where="launcher", hint="Run it on a machine that submits jobs to Slurm."
        ) from error
    except subprocess.TimeoutExpired as error:
        raise Unreachable(f"{words[0]} does not answer") from error


def _words(text: str) -> str:
    return " ".join(text.split()) or "it does not say why"
