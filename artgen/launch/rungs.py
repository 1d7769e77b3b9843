"""Early stopping of a sweep: all cells train to a rung, the best third goes on to the next, by kid_vgg.

A rung is a pause and no smaller budget, so that a cell which goes on ends with the same bytes as one that never paused.
What was decided is on disk before anybody goes on, and is never decided anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from artgen.engine.budget import Budget
from artgen.errors import ArtgenError, BatchFailed, InterruptedRun, JobError, OneStopped, RunBusyError
from artgen.launch.batch import refuse_what_cannot_begin, run_all
from artgen.launch.comparison import compare_sweeps
from artgen.launch.options import RunOptions
from artgen.launch.over import tell_that_it_is_over
from artgen.launch.room import check_room_for
from artgen.runs.open import run_folder
from artgen.runs.progress import Progress
from artgen.runs.rungs import Rungs, Standing, dropped, kid_at, note_standing, read_rungs, rungs_file, write_rungs

if TYPE_CHECKING:
    from artgen.job.model import Job
    from artgen.plugins import PluginManager

GOES_ON = 1 / 3


def run_sweeps(jobs: Sequence[Job], options: RunOptions, progress: Progress, plugins: PluginManager) -> None:
    """Run jobs, those of sweeps with rungs from rung to rung.

    A sweep of which only some cells are asked for has no rungs: whoever names a cell wants it to its end.

    Raises:
        BatchFailed: some failed, after the others were run.
        ArtgenError: the only one failed.
        InterruptedRun: somebody asked to stop; the same call goes on.
    """
    check_room_for(jobs, options, progress)
    ended: Exception | None = None
    try:
        _run_sweeps(jobs, options, progress, plugins)
    except (JobError, RunBusyError):  # nothing was begun
        raise
    except Exception as error:
        ended = error
    # Ctrl-C for the second time brings no news: whoever pressed it is there, and waits for nothing any more.
    compare_sweeps(jobs, options, progress)
    tell_that_it_is_over(jobs, options, plugins, ended)
    if ended is not None:
        raise ended


def _run_sweeps(jobs: Sequence[Job], options: RunOptions, progress: Progress, plugins: PluginManager) -> None:
    sweeps = list(_sweeps(jobs))
    climbing = [job for sweep in sweeps for job in sweep]
    plain = [job for job in jobs if job not in climbing]
    failures: dict[str, str] = {}
    stopped: list[OneStopped] = []
    try:
        if plain:
            failures |= _failures_of(plain, options, progress, plugins, alone=len(jobs) == 1)
    except OneStopped as error:
        stopped.append(error)
    for sweep in sweeps:
        try:
            failures |= _Climb(sweep, options, progress, plugins).to_the_top()
        except OneStopped as error:
            stopped.append(error)
    if failures:
        raise BatchFailed(len(jobs), failures)
    if stopped:
        raise OneStopped.of(stopped)


def _sweeps(jobs: Sequence[Job]) -> Iterator[list[Job]]:
    by_file: dict[Path, list[Job]] = {}
    for job in jobs:
        if job.axes and job.train.rungs:
            by_file.setdefault(job.file, []).append(job)
    yield from (cells for cells in by_file.values() if len(cells) == cells[0].cells)


def _failures_of(
    jobs: Sequence[Job], options: RunOptions, progress: Progress, plugins: PluginManager, *, alone: bool = False
) -> Mapping[str, str]:
    """Run jobs and return what went wrong, by name; where there is no other, its error is raised as it is."""
    try:
        run_all(jobs, options, progress, plugins)
    except BatchFailed as error:
        if options.fail_fast:
            raise
        return error.failures
    except ArtgenError as error:
        of_one = len(jobs) == 1 and not isinstance(error, (JobError, RunBusyError, InterruptedRun))
        if alone or options.fail_fast or not of_one:
            raise
        return {jobs[0].name: str(error)}
    return {}


class _Climb:
    """A sweep on its way from rung to rung."""

    def __init__(self, cells: Sequence[Job], options: RunOptions, progress: Progress, plugins: PluginManager) -> None:
        self.cells = {job.name: job for job in cells}
        self.options = options
        self.progress = progress
        self.plugins = plugins
        self.file = rungs_file(run_folder(cells[0], options).parent, cells[0].job.name)
        self.rungs: Rungs = {} if options.fresh else read_rungs(self.file)
        self.failures: dict[str, str] = {}

    def to_the_top(self) -> dict[str, str]:
        """Run every cell as far as it goes, and return what failed."""
        for kimg in sorted({kimg for job in self.cells.values() for kimg in job.train.rungs}):
            here = [job for job in self._alive() if self._pauses_at(job, kimg)]
            before = {name: one for name, one in self.rungs.get(kimg, {}).items() if one.outcome != "failed"}
            if new := [job for job in here if job.name not in before]:
                self._run(new, replace(self.options, pause_kimg=kimg))
                self.rungs[kimg] = before | self._standings(new, kimg, before)
                write_rungs(self.file, self.rungs)
                self._tell(kimg)
            for job in here:
                self._note(job, kimg)
        self._run(self._alive(), self.options)
        for kimg in sorted({kimg for kimg, _ in dropped(self.rungs).values()}):
            self._tell(kimg)
        return self.failures

    def _run(self, jobs: Sequence[Job], options: RunOptions) -> None:
        if options.fresh:  # what was decided of the runs that are set aside is set aside before them
            refuse_what_cannot_begin(jobs, options)
            _set_aside(self.file)
        if jobs:
            self.failures |= _failures_of(jobs, options, self.progress, self.plugins)
        self.options = replace(self.options, fresh=False)  # what was begun anew goes on from here

    def _alive(self) -> list[Job]:
        """Those that neither were dropped nor failed at this call: what failed at an earlier one may do better now."""
        gone = {*dropped(self.rungs), *self.failures}
        return [job for name, job in self.cells.items() if name not in gone]

    @staticmethod
    def _pauses_at(job: Job, kimg: float) -> bool:
        """A rung at the end of the budget is no pause."""
        budget = Budget.of(job.train)
        return budget.steps is None or budget.steps_at(kimg) < budget.steps

    def _standings(self, new: Sequence[Job], kimg: float, before: Mapping[str, Standing]) -> dict[str, Standing]:
        """How the cells did that were not compared yet; those that were keep what was decided of them."""
        kids: dict[str, float] = {}
        found: dict[str, Standing] = {}
        for job in new:
            kid = kid_at(run_folder(job, self.options) / "metrics.jsonl", Budget.of(job.train).steps_at(kimg))
            if kid is None:
                self.failures.setdefault(job.name, "no kid_vgg was measured")
            if job.name in self.failures:
                found[job.name] = Standing("failed", why=self.failures[job.name])
            elif kid is not None:
                kids[job.name] = kid
        known = {name: one.kid_vgg for name, one in before.items() if one.kid_vgg is not None}
        ranked = sorted({**known, **kids}.items(), key=lambda one: (one[1], one[0]))
        chosen = going_on(kids, before)
        for name, kid in kids.items():
            place = 1 + [other for other, _ in ranked].index(name)
            found[name] = Standing("goes on" if name in chosen else "dropped", place, len(ranked), kid)
        return found

    def _note(self, job: Job, kimg: float) -> None:
        step = Budget.of(job.train).steps_at(kimg)
        note_standing(run_folder(job, self.options) / "metrics.jsonl", step, kimg, self.rungs[kimg][job.name])

    def _tell(self, kimg: float) -> None:
        rung = self.rungs[kimg]
        on = [name for name, standing in rung.items() if standing.outcome == "goes on"]
        off = [name for name, standing in rung.items() if standing.outcome == "dropped"]
        self.progress.say(f"at {kimg:g} kimg: {_listed(rung, on)} went on; {_listed(rung, off)} dropped")


def going_on(kids: Mapping[str, float], before: Mapping[str, Standing]) -> set[str]:
    """The best third of some cells, at least one; ties go by name.

    Args:
        before: what was decided of others at this rung. Then a cell goes on that is no worse than one of those that did.
    """
    ranked = [name for _, name in sorted((kid, name) for name, kid in kids.items())]
    went = [one.kid_vgg for one in before.values() if one.outcome == "goes on" and one.kid_vgg is not None]
    if went:
        return {name for name in ranked if kids[name] <= max(went)}
    return set(ranked[: max(1, int(len(ranked) * GOES_ON + 1e-9))])


def _listed(rung: Mapping[str, Standing], names: Iterable[str]) -> str:
    ordered = sorted(names, key=lambda name: rung[name].place)
    return ", ".join(f"{name} ({rung[name].kid_vgg:.3g})" for name in ordered) or "none"


def _set_aside(file: Path) -> None:
    number = 1
    while (aside := file.with_name(f"{file.name}.{number}")).exists():
        number += 1
    if file.exists():
        file.replace(aside)
