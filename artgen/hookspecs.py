"""Every hook that artgen calls, on one page.

A plugin is a module named by an entry point of the group ``artgen``; it implements any of these with
``@artgen.hookimpl`` and may take fewer arguments than are listed. Hooks are only ever added to; one that has had its
day, or an argument, is marked with ``warn_on_impl`` or ``warn_on_impl_args`` and goes on working: docs/plugins/versions.md.

After a change here: python docs/plugins/reference.py
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from artgen.errors import Problem
    from artgen.job.model import Job
    from artgen.registry import Register
    from artgen.runs.store import Artifact, Run

Causes = Mapping[str, str]
"""What went wrong, by the name of the run."""

hookspec = pluggy.HookspecMarker("artgen")
hookimpl = pluggy.HookimplMarker("artgen")

# Registration: call `register(name, target, config=..., summary=...)` once per component. Target and config are
# import strings ("package.module:Name"), so that listing a plugin imports nothing of it.


@hookspec
def register_generators(register: Register) -> None:
    """Name generators: networks or canvases that paint pictures."""


@hookspec
def register_discriminators(register: Register) -> None:
    """Name discriminators: networks that tell real pictures from painted ones."""


@hookspec
def register_losses(register: Register) -> None:
    """Name losses for either network."""


@hookspec
def register_augmentations(register: Register) -> None:
    """Name augmentations that real and painted pictures go through before they are judged."""


@hookspec
def register_backbones(register: Register) -> None:
    """Name backbones: fixed networks that turn pictures into feature maps."""


@hookspec
def register_outputs(register: Register) -> None:
    """Name outputs: what is made of a finished generator."""


@hookspec
def register_trackers(register: Register) -> None:
    """Name trackers, which are told of a run's numbers and artifacts."""


@hookspec
def register_launchers(register: Register) -> None:
    """Name launchers, which start the workers of a job somewhere."""


@hookspec
def register_presets(register: Register) -> None:
    """Name presets: TOML files inside the package ("package.folder:file.toml"), used as ``extends = "preset:NAME"``."""


# Lifecycle: for observers. An exception in one of these mutes its plugin with one warning and never stops a run. Where
# tasks are done by processes of their own, what happens in a task is told there.


@hookspec
def job_checked(job: Job) -> list[Problem] | None:
    """A job was read and is valid so far; return further problems, or None.

    Called by every command that reads a job or a run, for each cell of a matrix. ``job.sources["losses.r1.weight"]`` is
    where a value comes from, for the `origin` of a problem.
    """


@hookspec
def run_started(run: Run) -> None:
    """A run folder was opened for writing: a run begins, or goes on."""


@hookspec
def run_finished(run: Run, error: BaseException | None) -> None:
    """A run ended; `error` is None when it ended well, and an InterruptedRun when the user stopped it."""


@hookspec
def task_started(run: Run, task: str) -> None:
    """A task (``train``, ``paint``, ``output:NAME``) begins."""


@hookspec
def task_finished(run: Run, task: str, error: BaseException | None) -> None:
    """A task ended; `error` is None when it ended well."""


@hookspec
def metrics_logged(run: Run, step: int, metrics: Mapping[str, float]) -> None:
    """A row of numbers was written, by name such as ``loss/generator``; called at the log interval only."""


@hookspec
def artifact_saved(run: Run, artifact: Artifact) -> None:
    """A picture, sheet, film or page was written; its path is relative to ``run.folder``."""


@hookspec
def checkpoint_saved(run: Run, path: Path, step: int) -> None:
    """A checkpoint folder is complete; older ones may be deleted at any time."""


@hookspec(firstresult=True)
def stop_requested(run: Run, step: int) -> bool | None:
    """Return True to end the training here, with a checkpoint; asked at the log interval.

    Of several plugins the first that answers counts, and None is no answer.
    """


@hookspec
def batch_finished(finished: list[str], failed: Causes, dropped: list[str], waiting: list[str]) -> None:
    """``artgen run`` is over, however it ended but by Ctrl-C twice; called once, where the command was given.

    Names of the runs that are done, those that failed with the cause, those that a sweep dropped at a rung, and those
    that the same command goes on with, after Ctrl-C or the time of ``--until``. artgen itself sends nothing anywhere; a
    plugin can bring the news from here.
    """
