"""From a job file to jobs: read, extend, sweep, override, resolve; all problems at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from artgen.errors import JobError, Problem
from artgen.job.defaults import defaults
from artgen.job.extends import read_tree
from artgen.job.matrix import Axis, Matrix, cell_label, cell_tree, distinct, identity_of, read_matrix
from artgen.job.merge import merge
from artgen.job.model import Job
from artgen.job.overrides import apply_sets, dotted_key
from artgen.job.resolve import Resolver
from artgen.job.tree import Table
from artgen.plugins import PluginManager, plugin_manager
from artgen.registry import Registry


def read_job(
    path: Path, *, sets: Sequence[str] = (), manager: PluginManager | None = None, inputs_needed: bool = True
) -> list[Job]:
    """The jobs of a file: one, or one per cell of its matrix.

    Args:
        path: the job file, or a ``job.lock.toml``.
        sets: ``key=value`` as given to ``--set``.
        manager: whose components count; by default those that are installed.
        inputs_needed: whether the files that the job names must be there; not so for painting with what was learned.

    Raises:
        JobError: with every problem there is.
    """
    manager = manager or plugin_manager()
    file = Path(path).absolute()
    problems: list[Problem] = []
    tree = read_tree(file, manager.registry, problems)
    if tree is None:
        raise JobError(problems)
    matrix = read_matrix(apply_sets(tree, sets, []), _keys_of(sets), problems)
    jobs = _jobs(file, tree, matrix, sets, manager.registry, problems, inputs_needed=inputs_needed)
    if not problems:
        for job in jobs:
            for told in manager.notify("job_checked", job=job):
                problems.extend(problem for problem in told if isinstance(problem, Problem))
    if problems:
        raise JobError(_once(problems))
    return jobs


def _jobs(
    file: Path,
    tree: Table,
    matrix: Matrix,
    sets: Sequence[str],
    registry: Registry,
    problems: list[Problem],
    *,
    inputs_needed: bool,
) -> list[Job]:
    jobs: list[Job | None] = []
    labels: list[str] = []
    found: list[list[Problem]] = []
    cells = list(matrix.cells())
    for cell in cells:
        own = list(problems)
        whole = _whole_tree(file, tree, cell, sets, registry, own)
        labels.append(cell_label(matrix, cell, whole, own))
        jobs.append(Resolver(whole, registry, own, inputs_needed).resolve(file, labels[-1]))
        found.append(own)
    problems.extend(_of_cells(found, labels))
    resolved = [job for job in jobs if job is not None]
    if len(resolved) < len(jobs) or not matrix.axes:
        return resolved
    identities = [_identity(job, cell) for job, cell in zip(resolved, cells, strict=True)]
    names = distinct(labels, identities)
    return [replace(job, cell=name) for job, name in zip(resolved, names, strict=True)]


def _whole_tree(
    file: Path,
    tree: Table,
    cell: tuple[tuple[Axis, int], ...],
    sets: Sequence[str],
    registry: Registry,
    problems: list[Problem],
) -> Table:
    """Defaults, files, the cell and ``--set``, laid over each other in this order."""

    def over(generator: str, told: list[Problem]) -> Table:
        below = merge(defaults(file, tree, generator, registry), tree, told)
        return apply_sets(cell_tree(below, cell, told), sets, told)

    # The defaults depend on the generator, which a cell or --set may choose: the first pass only looks for it.
    generator = over("", []).value("generator", "type")
    return over(generator if isinstance(generator, str) else "", problems)


def _identity(job: Job, cell: tuple[tuple[Axis, int], ...]) -> str:
    """A hash of what the axes came to, with defaults filled in and paths relative to the job."""
    resolved = job.lock_data(job.file.parent)
    values = {}
    for axis, index in cell:
        node = resolved
        for key in axis.path:
            if isinstance(node, list):
                node = next((entry for entry in node if entry.get("name") == key), {})
            else:
                node = node.get(key, {})
        values[axis.key] = node or axis.values[index]
    return identity_of(values)


def _of_cells(found: list[list[Problem]], labels: list[str]) -> list[Problem]:
    """What is wrong in every cell is told once; what is wrong in some names them."""
    shared = set.intersection(*({str(problem) for problem in own} for own in found)) if found else set()
    told = [problem for problem in (found[0] if found else []) if str(problem) in shared]
    for own, label in zip(found, labels, strict=True):
        alone = (problem for problem in own if str(problem) not in shared)
        told.extend(replace(problem, text=f"{problem.text} (in the cell @{label})") for problem in alone)
    return told


def _keys_of(sets: Sequence[str]) -> set[str]:
    keys = (dotted_key(text.partition("=")[0]) for text in sets)
    return {".".join(key) for key in keys if key}


def _once(problems: list[Problem]) -> list[Problem]:
    return list({str(problem): problem for problem in problems}.values())
