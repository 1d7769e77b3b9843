"""Every error that artgen shows a person: where it is, what is wrong, what to do, and the exit code.

ArtgenError                 1   a task failed
├── JobError                2   the job, the command line or a plugin it names is wrong
├── DataError               3   the pictures are wrong
├── RunBusyError            1   another process writes into this run folder
├── RunChangedError         2   the run was made from another job
├── CheckpointError         1   a checkpoint is missing, damaged or does not fit
├── DiskError               1   a file cannot be written
├── FetchError              1   a published file cannot be fetched
├── BatchFailed             1   some of several runs failed; the others were done
└── InterruptedRun        130   stopped by the user; the same command goes on
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar


class ArtgenError(Exception):
    """Something a person can mend; the command prints it without a traceback.

    Args:
        message: what is wrong, one sentence.
        where: the place, such as ``job.toml:12`` or a folder.
        hint: what to do about it.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        hint = f"\n  {self.hint}" if self.hint else ""
        return f"{place}{self.message}{hint}"


def seen_from_here(file: Path) -> str:
    """A file as a person finds it: from the working folder, and whole where it lies elsewhere."""
    here = Path.cwd()
    return str(file.relative_to(here) if file.is_relative_to(here) else file)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in a job.

    Attributes:
        text: what is wrong, with the right word where it is known.
        file: the file that states it; None when it comes from nowhere in particular.
        line: 1-based line in that file; 0 when there is none.
        column: 1-based column of a syntax error; 0 when it is the whole line.
        table: the table it is in, such as ``generator`` or ``losses.r1``.
        source: the line itself.
        origin: what to call the place when it is no file (``--set train.kimg=x``, a preset).
    """

    text: str
    file: Path | None = None
    line: int = 0
    column: int = 0
    table: str = ""
    source: str = ""
    origin: str = ""

    def __str__(self) -> str:
        place = self.origin or (seen_from_here(self.file) if self.file else "job")
        if self.line:
            place += f":{self.line}" + (f":{self.column}" if self.column else "")
        table = f"[{self.table}] " if self.table else ""
        shown = f"\n    {self.source.strip()}" if self.source.strip() else ""
        return f"{place}: {table}{self.text}{shown}"


class JobError(ArtgenError):
    """A job that cannot be run; carries every problem found, in the order of their lines."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem] | str, *, where: str = "", hint: str = "") -> None:
        if isinstance(problems, str):
            problems = [Problem(problems, origin=where)]
        self.problems = sorted(problems, key=lambda p: (str(p.file or ""), p.line))
        super().__init__("\n".join(map(str, self.problems)), hint=hint)


class DataError(ArtgenError):
    """The pictures cannot be used: too few, none readable."""

    exit_code = 3


class RunBusyError(ArtgenError):
    """Another process is writing into the run folder."""


class RunChangedError(ArtgenError):
    """The run folder holds a run of a job that differs in more than its budget and outputs."""

    exit_code = 2


class CheckpointError(ArtgenError):
    """A checkpoint is missing, damaged, or belongs to another network."""


class DiskError(ArtgenError):
    """A file or folder cannot be written: no room, no permission."""


class FetchError(ArtgenError):
    """A file that is published elsewhere, such as weights, is not here and cannot be fetched."""


class BatchFailed(ArtgenError):
    """Some of several runs failed, after the others were done.

    Args:
        runs: how many there were.
        failures: what went wrong, by the name of the run.
    """

    def __init__(self, runs: int, failures: Mapping[str, str]) -> None:
        told = "\n".join(why if why.startswith(name) else f"{name}: {why}" for name, why in failures.items())
        super().__init__(f"{len(failures)} of {runs} {'run' if runs == 1 else 'runs'} failed:\n{told}")
        self.failures = dict(failures)


class InterruptedRun(ArtgenError):
    """The user stopped the run; what was finished is kept and the same command goes on."""

    exit_code = 130


class OneStopped(InterruptedRun):
    """Somebody asked one run of several to stop; the others are done."""

    @classmethod
    def of(cls, stopped: Sequence[OneStopped]) -> OneStopped:
        """Several of them as one, at least one."""
        return cls(stopped[0].message, where=", ".join(one.where for one in stopped))
