"""``artgen plan``: everything that a job means and would do; writes nothing."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from artgen.job import Job

Row = tuple[str, str, str]
"""Key, value, source."""


@click.command()
@click.argument("job", metavar="JOB", type=click.Path(path_type=Path))
@click.option("--set", "sets", metavar="KEY=VALUE", multiple=True, help="Change a value, such as train.batch=16.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def plan(job: Path, sets: tuple[str, ...], as_json: bool) -> None:
    """Show everything that JOB means, each value with where it comes from, and what it would do."""
    from artgen.job import read_job
    from artgen.launch.options import RunOptions
    from artgen.runs.open import decided_before, lock_left

    frozen, left = partial(decided_before, RunOptions()), partial(lock_left, RunOptions())
    cells = read_job(job, sets=sets, frozen=frozen, left=left)
    told = [_told(cell) for cell in cells]
    if as_json:
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    for index, cell in enumerate(told):
        _print_summary(cell)
        if index == 0 or cell["auto"] != told[index - 1]["auto"]:
            _print_auto(cell)
    shared, own = _shared([_rows(cell) for cell in told])
    _print_table("every value" if len(told) == 1 else "the same in every run", shared)
    for cell, rows in zip(told, own, strict=True):
        if rows:
            _print_table(cell["name"], rows)


def _told(job: Job) -> dict[str, Any]:
    from artgen.job.values import values_of

    return {
        "name": job.name,
        "file": str(job.file),
        "tasks": job.tasks,
        "steps": job.steps,
        "budget": _budget(job),
        "pictures": _pictures(job),
        "canvases": _canvases(job),
        "auto": _auto(job),
        "values": {
            value.key: {"value": value.value, "source": str(job.sources[value.key]), "change": value.change}
            for value in values_of(job)
        },
    }


def _auto(job: Job) -> list[dict[str, Any]]:
    """What preset:auto decided and nothing overrules, with the reasons."""
    decisions = []
    for decision in job.auto:
        stated = decision.overruled(job.sources)
        if not stated or len(stated) < len(decision.keys()):
            told = {"topic": decision.topic, "choice": decision.choice, "why": decision.why}
            # A type that the job states is the one that was gone by.
            decisions.append(told | {"overruled": [key for key in stated if not key.endswith(".type")]})
    return decisions


def _budget(job: Job) -> str:
    if job.untrained:
        return "none: the network is drawn from the seed of the job, and paints as it is"
    if job.paints_from == "canvas":
        steps = job.paint.steps_in_all(job.paint.sizes(job.generator.config.size))
        return f"{steps:,} steps for each canvas, {job.steps:,} in all"
    if job.train.minutes is not None:
        return f"{job.train.minutes:g} minutes of steps of {job.train.batch} pictures"
    kimg = (job.steps or 0) * job.train.batch / 1000
    return f"{job.steps:,} steps of {job.train.batch} pictures, {kimg:,g} kimg"


def _pictures(job: Job) -> dict[str, Any] | None:
    """What the folder holds by its file names; no picture is opened."""
    if job.data is None:
        return None
    from artgen.data.scan import scan

    files, skipped = scan(job.data.folder)
    return {
        "files": len(files),
        "skipped": [str(entry) for entry in skipped],
        "shape": str(job.data.shape),
        "cache_mb": round(len(files) * job.data.decoded_shape.size_bytes / 1e6, 1),
    }


def _canvases(job: Job) -> dict[str, Any] | None:
    """What is painted by the names of the files; no picture is opened."""
    if job.paints_from != "canvas":
        return None
    from artgen.job.canvases import canvases

    plans = canvases(job)
    return {
        "contents": list(dict.fromkeys(plan.content.name for plan in plans if plan.content)),
        "styles": list(dict.fromkeys(plan.style for plan in plans if plan.style)),
        "labels": [plan.label for plan in plans],
        "sizes": job.paint.sizes(job.generator.config.size),
    }


def _print_summary(cell: dict[str, Any]) -> None:
    click.echo(click.style(cell["name"], bold=True))
    click.echo(f"  tasks     {', '.join(cell['tasks'])}")
    click.echo(f"  {'painting' if cell['canvases'] else 'training'}  {cell['budget']}")
    if canvases := cell["canvases"]:
        contents, styles, sizes = canvases["contents"], canvases["styles"], canvases["sizes"]
        click.echo(f"  contents  {_counted(contents) if contents else 'none: textures'}")
        click.echo(f"  styles    {_counted(styles)}")
        click.echo(f"  canvases  {len(canvases['labels']):,}, each at {', '.join(map(str, sizes))} pixels")
    if pictures := cell["pictures"]:
        one = f"{pictures['files']:,} files, as {pictures['shape']}; the cache takes {pictures['cache_mb']:,g} MB"
        click.echo(f"  pictures  {one}")
    click.echo()


def _counted(names: list[str]) -> str:
    """How many and which, at most five by name."""
    shown = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
    return f"{len(names):,}: {shown}" if names else "none"


def _print_auto(cell: dict[str, Any]) -> None:
    if not cell["auto"]:
        return
    click.echo("what preset:auto chose and why")
    width = max(len(decision["topic"]) for decision in cell["auto"])
    for decision in cell["auto"]:
        but = f" (the job itself says {', '.join(decision['overruled'])})" if decision["overruled"] else ""
        click.echo(f"  {decision['topic']:{width}}  {decision['choice']}: {decision['why']}{but}")
    click.echo()


def _rows(cell: dict[str, Any]) -> list[Row]:
    return [(key, _as_toml(told["value"]), told["source"]) for key, told in cell["values"].items()]


def _shared(cells: Sequence[list[Row]]) -> tuple[list[Row], list[list[Row]]]:
    """Rows that all cells have, and for each cell the others."""
    common = set(cells[0]).intersection(*cells)
    return [row for row in cells[0] if row in common], [[row for row in rows if row not in common] for rows in cells]


def _as_toml(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _print_table(title: str, rows: list[Row]) -> None:
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table

        table = Table(title=title, title_justify="left", box=None, pad_edge=False)
        for column in ("key", "value", "from"):
            table.add_column(column, overflow="fold")
        for key, value, source in rows:
            table.add_row(key, value, source, style="dim" if source == "default" else "")
        Console(highlight=False, markup=False).print(table)
        return
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    click.echo(title)
    for key, value, source in rows:
        click.echo(f"  {key:{widths[0]}}  {value:{min(widths[1], 40)}}  {source}")
    click.echo()
