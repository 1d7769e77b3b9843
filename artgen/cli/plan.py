"""``artgen plan``: everything that a job means and would do; writes nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from artgen.cli import jobs as of_jobs
from artgen.cli.plan_auto import decisions_told, print_decisions
from artgen.cli.plan_tables import MOST_NAMES, print_cells, print_values, rows_of, shared_rows
from artgen.job.kept.lock import lock_data
from artgen.job.steps import steps_of_job

if TYPE_CHECKING:
    from artgen.job import Job
    from artgen.job.canvases import CanvasPlan


@click.command()
@of_jobs.argument
@of_jobs.only_option
@click.option("--set", "sets", metavar="KEY=VALUE", multiple=True, help="Change a value, such as train.batch=16.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.option("--commands", is_flag=True, help="Print it as lines of shell, for any scheduler.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="With --commands: put run folders here.",
)
@click.option(
    "--jobs",
    "jobs_at_a_time",
    type=click.IntRange(min=1),
    metavar="N",
    help="With --commands: cut outputs into shards for N tasks at a time.",
)
def plan(
    jobs: tuple[Path, ...],
    only: tuple[str, ...],
    sets: tuple[str, ...],
    as_json: bool,
    commands: bool,
    out: Path | None,
    jobs_at_a_time: int | None,
) -> None:
    """Show everything that JOB means, each value with where it comes from, and what it would do.

    A JOB is a file or a folder of them; the runs of a matrix are a table.
    """
    from artgen.launch.options import RunOptions

    if commands and as_json:
        raise click.UsageError("--json and --commands are two ways to print it: name one")
    if not commands and (out or jobs_at_a_time):
        raise click.UsageError("--out and --jobs go with --commands")
    options = RunOptions(out, jobs=jobs_at_a_time)
    found = of_jobs.read_jobs(jobs, only, options, sets=sets)
    if commands:
        from artgen.cli.plan_commands import print_commands

        given = [*(f"--set={one}" for one in sets), *(f"--only={one}" for one in only)]
        print_commands(jobs, [job for of_file in found for job in of_file], options, given)
        return
    told = [[_told(cell) for cell in of_file] for of_file in found]
    if as_json:
        click.echo(json.dumps([cell for cells in told for cell in cells], indent=2, ensure_ascii=False))
        return
    for of_file, cells in zip(found, told, strict=True):
        _print_file(of_file, cells)


def _print_file(jobs: list[Job], cells: list[dict[str, Any]]) -> None:
    """What is the same in all runs of a file once, what is not as a table."""
    if cells[0]["axes"]:
        _print_sweep(jobs, cells)
    else:
        for cell in cells:
            _print_summary(cell)
    print_decisions(cells)
    shared, own = shared_rows([rows_of(cell) for cell in cells])
    print_values("every value" if len(cells) == 1 else "the same in every run", shared)
    for cell, rows in zip(cells, own, strict=True):
        # What the table says already is not said again; what follows from it is.
        if further := [row for row in rows if row[0] not in cell["axes"]]:
            print_values(cell["name"], further)


def _print_sweep(jobs: list[Job], cells: list[dict[str, Any]]) -> None:
    first = jobs[0]
    count = f"{len(cells)} of {first.cells}" if len(cells) < first.cells else str(len(cells))
    runs = "run" if first.cells == 1 else "runs"
    click.echo(click.style(f"{first.job.name}: {count} {runs}", bold=True))
    tasks = list(dict.fromkeys(task for cell in cells for task in cell["tasks"]))
    click.echo(f"  tasks     {', '.join(tasks)}")
    if pictures := cells[0]["pictures"]:
        click.echo(f"  pictures  {pictures['files']:,} files")
    if first.train.rungs and len(cells) == first.cells:
        rungs = ", ".join(f"{rung:g}" for rung in first.train.rungs)
        click.echo(f"  rungs     {rungs} kimg; at each but the end the best third by kid_vgg goes on")
    steps = [cell["steps"] for cell in cells if cell["steps"] is not None]
    if steps:
        click.echo(f"  in all    {sum(steps):,} steps{' at most' if first.train.rungs else ''}")
    click.echo()
    print_cells(cells)


def _told(job: Job) -> dict[str, Any]:
    from artgen.job.kept.lock import locked_value
    from artgen.job.kept.values import values_of

    resolved = lock_data(job, job.file.parent)
    return {
        "name": job.name,
        "file": str(job.file),
        "cell": job.cell,
        "axes": {key: locked_value(resolved, key.split(".")) for key in job.axes},
        "short": _short_budget(job),
        "tasks": job.tasks,
        "steps": steps_of_job(job),
        "budget": _budget(job),
        "pictures": _pictures(job),
        "canvases": _canvases(job),
        "auto": decisions_told(job),
        "values": {
            value.key: {"value": value.value, "source": str(job.sources[value.key]), "change": value.change}
            for value in values_of(job)
        },
    }


def _short_budget(job: Job) -> str:
    """For a column of a table."""
    if job.paints_from == "canvas" or job.untrained:
        return ""
    if job.train.minutes is not None:
        return f"{job.train.minutes:g} minutes"
    return f"{_kimg(job):,g} kimg"


def _budget(job: Job) -> str:
    if job.untrained:
        return "none: the network is drawn from the seed of the job, and paints as it is"
    if job.paints_from == "canvas":
        steps = job.paint.steps_in_all(job.paint.sizes(job.generator.config.size))
        return f"{steps:,} steps for each canvas, {steps_of_job(job):,} in all"
    if job.train.minutes is not None:
        return f"{job.train.minutes:g} minutes of steps of {_of_pictures(job)}"
    return f"{steps_of_job(job):,} steps of {_of_pictures(job)}, {_kimg(job):,g} kimg"


def _of_pictures(job: Job) -> str:
    """What a step shows the discriminator."""
    updates = job.train.discriminator.updates
    return f"{updates} times {job.train.batch} pictures" if updates > 1 else f"{job.train.batch} pictures"


def _kimg(job: Job) -> float:
    """Thousands of pictures that all steps show."""
    from artgen.engine.budget import Budget

    return (steps_of_job(job) or 0) * Budget.of(job.train).images_per_step / 1000


def _pictures(job: Job) -> dict[str, Any] | None:
    """What the folder holds by its file names; no picture is opened."""
    if job.data is None:
        return None
    files, skipped = _scanned(job.data.folder)
    return {
        "files": len(files),
        "skipped": [str(entry) for entry in skipped],
        "shape": str(job.data.shape),
        "decoded": str(job.data.decoded_shape),
        "cache_mb": round(len(files) * job.data.decoded_shape.size_bytes / 1e6, 1),
    }


@cache
def _scanned(folder: Path) -> Any:
    """The files of a folder, looked for once for all runs of a matrix."""
    from artgen.data.scan import scan

    return scan(folder)


def _canvases(job: Job) -> dict[str, Any] | None:
    """What is painted by the names of the files; of pictures no more than the headers are looked at."""
    if job.paints_from != "canvas":
        return None
    from artgen.job.canvases import canvases
    from artgen.job.unreadable import unreadable_contents

    plans = canvases(job)
    return {
        "contents": list(dict.fromkeys(plan.content.name for plan in plans if plan.content)),
        "unreadable": [content.name for content in unreadable_contents(job)],
        "masks": _masks(plans),
        "styles": list(dict.fromkeys(plan.style for plan in plans if plan.style)),
        "labels": [plan.label for plan in plans],
        "sizes": job.paint.sizes(job.generator.config.size),
    }


def _masks(plans: Sequence[CanvasPlan]) -> dict[str, dict[str, str]]:
    """The name of each content's mask, by the key that names it: ``generator.keep``."""
    masks: dict[str, dict[str, str]] = {}
    for plan in plans:
        of_losses = {f"losses.{name}.mask": mask for name, mask in plan.masks.items()}
        for key, mask in {"generator.keep": plan.keep, **of_losses}.items():
            if plan.content and mask:
                masks.setdefault(key, {})[plan.content.name] = mask.name
    return masks


def _print_summary(cell: dict[str, Any]) -> None:
    click.echo(click.style(cell["name"], bold=True))
    click.echo(f"  tasks     {', '.join(cell['tasks'])}")
    click.echo(f"  {'painting' if cell['canvases'] else 'training'}  {cell['budget']}")
    if canvases := cell["canvases"]:
        contents, styles, sizes = canvases["contents"], canvases["styles"], canvases["sizes"]
        click.echo(f"  contents  {_counted(contents) if contents else 'none: textures'}")
        if canvases["unreadable"]:
            click.echo(f"  left out  {_counted(canvases['unreadable'])}, which cannot be read")
        for key, own in canvases["masks"].items():
            pairs = [f"{mask} for {content}" for content, mask in own.items()]
            click.echo(f"  masks     {_counted(pairs)}, in {key}")
        click.echo(f"  styles    {_counted(styles)}")
        click.echo(f"  canvases  {len(canvases['labels']):,}, each at {', '.join(map(str, sizes))} pixels")
    if pictures := cell["pictures"]:
        crops = f", learned in crops of {pictures['shape']}" if pictures["shape"] != pictures["decoded"] else ""
        one = f"{pictures['files']:,} files, as {pictures['decoded']}{crops}"
        click.echo(f"  pictures  {one}; the cache takes {pictures['cache_mb']:,g} MB")
    click.echo()


def _counted(names: list[str]) -> str:
    """How many and which, a few by name."""
    shown = ", ".join(names[:MOST_NAMES]) + (", …" if len(names) > MOST_NAMES else "")
    return f"{len(names):,}: {shown}" if names else "none"
