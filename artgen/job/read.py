"""From a job file to jobs: read, extend, sweep, override, resolve; all problems at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from artgen.errors import JobError, Problem
from artgen.job.auto.choose import choose
from artgen.job.auto.decision import Decision, layer_of
from artgen.job.auto.facts import Surroundings
from artgen.job.defaults import defaults, generator_of, paints_from, paints_untrained
from artgen.job.kept.lock import lock_data, locked_value
from artgen.job.model import Job
from artgen.job.resolve import Resolver
from artgen.job.sweep.cell_names import cell_label, distinct, identity_of
from artgen.job.sweep.matrix import Cell, Matrix, cell_tree, read_matrix, with_rungs
from artgen.job.sweep.rungs import rung_problems
from artgen.job.text.extends import AUTO, Stack, read_stack
from artgen.job.text.merge import merge
from artgen.job.text.overrides import OfOption, apply_sets, as_toml, keys_of
from artgen.job.text.tree import Table
from artgen.plugins import PluginManager, plugin_manager
from artgen.registry import Registry

Frozen = Callable[[Path, str], Sequence[Decision]]
"""What ``preset:auto`` decided when the run of a job file and name was begun; nothing when it chooses anew."""
Left = Callable[[Path, str], Mapping[str, Any]]
"""The lock that a run of a job file and name has left; nothing where there is none."""
Begun = Callable[[Path, str], bool]
"""Whether a run of a job file and name has something to go on with."""


def read_job(
    path: Path,
    *,
    sets: Sequence[str] = (),
    device: str | None = None,
    manager: PluginManager | None = None,
    inputs_needed: bool = True,
    frozen: Frozen = lambda _file, _name: (),
    left: Left = lambda _file, _name: {},
    begun: Begun = lambda _file, _name: False,
) -> list[Job]:
    """The jobs of a file: one, or one per cell of its matrix.

    Args:
        path: the job file, or a ``job.lock.toml``.
        sets: ``key=value`` as given to ``--set``.
        device: instead of the job's own, where it is trained or painted.
        manager: whose components count; by default those that are installed.
        inputs_needed: whether the files that the job names must be there; not so for painting with what was learned.
        frozen: what ``preset:auto`` decided before, for a run that goes on.
        left: the lock that a run of this file and name has left, if there is one; says whose a name was.
        begun: whether such a run goes on, so that what is needed to begin is needed no more.

    Raises:
        JobError: with every problem there is.
    """
    manager = manager or plugin_manager()
    file = Path(path).absolute()
    if unplugged := _of_plugged_in(manager):
        raise JobError(unplugged)
    problems: list[Problem] = []
    stack = read_stack(file, manager.registry, problems)
    if stack is None:
        raise JobError(problems)
    stated = apply_sets(stack.merged([]), sets, [])
    if device:
        table = "paint" if paints_from(generator_of(stated), manager.registry) == "canvas" else "train"
        sets = (*sets, OfOption(f"{table}.device={as_toml(device)}", f"--device {device}"))
    matrix = read_matrix(stated, keys_of(sets), problems)
    reading = _Reading(file, stack, matrix, sets, manager, inputs_needed, left, begun)
    jobs = reading.jobs(frozen, problems)
    if not problems:
        for job in jobs:
            problems.extend(manager.ask("job_checked", _problems_in, job=job))
    if problems:
        raise JobError(_once(problems))
    return jobs


@dataclass(frozen=True)
class _Read:
    """One cell as it was read."""

    tree: Table
    label: str
    job: Job | None
    problems: list[Problem]


@dataclass
class _Reading:
    """One file on its way to jobs."""

    file: Path
    stack: Stack
    matrix: Matrix
    sets: Sequence[str]
    manager: PluginManager
    inputs_needed: bool
    left: Left
    begun: Begun
    surroundings: Surroundings = field(default_factory=Surroundings)

    @property
    def registry(self) -> Registry:
        """Of all components."""
        return self.manager.registry

    def jobs(self, frozen: Frozen, problems: list[Problem]) -> list[Job]:
        """The job of every cell, as far as they can be resolved; what is wrong is added to `problems`."""
        cells = list(self.matrix.cells)
        read = [self._read(cell, problems, ()) for cell in cells]
        labels = self._labels(cells, read)
        if self.stack.has_auto:
            # Only now is it known what the runs are called, and so which have been begun already.
            for index, label in enumerate(labels):
                name = str(read[index].tree.value("job", "name"))
                if decided := frozen(self.file, f"{name}@{label}" if label else name):
                    read[index] = self._read(cells[index], problems, decided)
        problems.extend(_of_cells([one.problems for one in read], [one.label for one in read]))
        return [
            replace(one.job, cell=label, axes=self.matrix.keys, cells=len(cells)) if self.matrix.keys else one.job
            for one, label in zip(read, labels, strict=True)
            if one.job is not None
        ]

    def _read(self, cell: Cell, problems: list[Problem], decided: Sequence[Decision]) -> _Read:
        """One cell, with what ``preset:auto`` decided when its run was begun, if it was."""
        own = list(problems)
        auto = tuple(decided) or (self._chosen(cell, own) if self.stack.has_auto else ())
        whole = self.stack.whole
        tree = self._tree(cell, auto, own if whole else [])
        label = cell_label(self.matrix, cell, tree, own)
        name = str(tree.value("job", "name"))
        run = self.file, f"{name}@{label}" if label else name
        files = {plugin.file.name: plugin.sha256 for plugin in self.manager.plugins if plugin.file}
        left, goes_on = partial(self.left, *run), partial(self.begun, *run)
        resolver = Resolver(tree, self.registry, own, self.inputs_needed, whole, auto, left, goes_on, files)
        job = resolver.resolve(self.file, label)
        if job and self.matrix.rungs_origin:
            own.extend(rung_problems(job, self.matrix.rungs_origin))
        return _Read(tree, label, job, own)

    def _chosen(self, cell: Cell, problems: list[Problem]) -> tuple[Decision, ...]:
        """What ``preset:auto`` decides, going by the rest of the job; nothing where it knows nothing of the generator."""
        job = self._over(cell, self.stack.merged([]), [])
        generator = generator_of(job)
        if paints_from(generator, self.registry) != "latent":
            text = f"{AUTO} chooses for networks that learn against each other, and '{generator}' is none: leave it out"
            problems.append(self.stack.auto_origin.problem(text))
            return ()
        if "data" not in job.entries and paints_untrained(generator, self.registry):
            text = (
                f"{AUTO} chooses how a network learns, and without [data] '{generator}' paints untrained: leave it out"
            )
            problems.append(self.stack.auto_origin.problem(text))
            return ()
        return choose(self.surroundings.facts(job, self._over(cell, self.stack.over_auto(), [])))

    def _tree(self, cell: Cell, auto: Sequence[Decision], problems: list[Problem]) -> Table:
        """Defaults, files, the cell and ``--set``, laid over each other in this order."""
        files = self.stack.merged(problems, layer_of(auto, self.file.parent))

        def over(stated: Table, told: list[Problem]) -> Table:
            return self._over(cell, merge(defaults(self.file, files, stated, self.registry), files, told), told)

        # The defaults depend on generator and losses, which a cell or --set may choose: the first pass looks for them.
        # What nobody states is missing in the job file, whatever is laid over it.
        return replace(over(over(files, []), problems), origin=self.stack.trees[-1].origin)

    def _over(self, cell: Cell, below: Table, problems: list[Problem]) -> Table:
        told = with_rungs(cell_tree(below, cell, problems), self.matrix, problems)
        return apply_sets(told, self.sets, problems)

    def _labels(self, cells: list[Cell], read: list[_Read]) -> list[str]:
        """What the cells are called; as long as one of them is wrong, they may clash."""
        labels = [one.label for one in read]
        jobs = [one.job for one in read if one.job is not None]
        if len(jobs) < len(read) or not self.matrix.keys:
            return labels
        return distinct(labels, [partial(_identity, job, cell) for job, cell in zip(jobs, cells, strict=True)])


def _identity(job: Job, cell: Cell) -> str:
    """A hash of what the axes came to, with defaults filled in and paths relative to the job."""
    resolved = lock_data(job, job.file.parent)
    return identity_of({one.key: locked_value(resolved, one.key.split(".")) or one.value for one in cell})


def _of_cells(found: list[list[Problem]], labels: list[str]) -> list[Problem]:
    """Each problem once, those of every cell first; what is wrong in some only names them."""
    cells: dict[str, list[str]] = {}
    first: dict[str, Problem] = {}
    for own, label in zip(found, labels, strict=True):
        for problem in _once(own):
            first.setdefault(str(problem), problem)
            cells.setdefault(str(problem), []).append(label)
    told = [problem for words, problem in first.items() if len(cells[words]) == len(found)]
    for words, problem in first.items():
        where = cells[words]
        if len(where) < len(found):
            which = f"the cell @{where[0]}" if len(where) == 1 else f"{len(where)} cells, such as @{where[0]}"
            told.append(replace(problem, text=f"{problem.text} (in {which})"))
    return told


def _of_plugged_in(manager: PluginManager) -> list[Problem]:
    """Files that were asked for by name and do not work; of what is installed it is told where its names are used."""
    failures = [plugin.failure for plugin in manager.plugins if plugin.file and plugin.failure]
    return [
        Problem(f"{failure.error}. {failure.mend}", origin=failure.place or f"--plugin {failure.distribution}")
        for failure in failures
        if failure.stage != "hook"
    ]


def _problems_in(answer: Any) -> list[Problem]:
    """What a plugin returned from `job_checked`. Raises TypeError when these are no problems."""
    found = [answer] if isinstance(answer, Problem) else list(answer)
    if wrong := next((one for one in found if not isinstance(one, Problem)), None):
        raise TypeError(f"job_checked returns Problems, not {type(wrong).__name__}")
    return found


def _once(problems: list[Problem]) -> list[Problem]:
    return list({str(problem): problem for problem in problems}.values())
