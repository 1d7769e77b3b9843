"""``artgen run``: run jobs; the same command again goes on."""

from __future__ import annotations

from pathlib import Path

import click

from artgen.cli import jobs as of_jobs


@click.command()
@of_jobs.argument
@of_jobs.only_option
@click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="Change a value: --set train.kimg=50.")
@click.option("--device", metavar="DEVICE", help="auto, cpu, mps, cuda or cuda:N.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Put run folders here.")
@click.option("--fresh", is_flag=True, help="Start anew; a run that is there is renamed to NAME.1.")
@click.option("--launcher", metavar="NAME", help="Who runs the tasks, instead of the job's [launcher].")
@click.option(
    "--jobs",
    "jobs_at_a_time",
    type=click.IntRange(min=1),
    metavar="N",
    help="At most N tasks at a time, a process for each.",
)
@click.option(
    "--fail-fast/--keep-going", default=False, help="End all at the first failure, or only what needs it (the default)."
)
@click.option("--until", metavar="TIME", help="Begin nothing after 07:00, a date and time, or 8h; save and end.")
@click.option("--prepare", is_flag=True, help="Make run folders and locks only; see artgen plan --commands.")
@click.option("--draft", is_flag=True, help="Paint small variants of canvases on one sheet, to choose from.")
@click.option("--json", "style", flag_value="json", help="Tell progress as JSON lines.")
@click.option("--quiet", "style", flag_value="quiet", help="Tell problems only.")
@click.pass_context
def run(
    context: click.Context,
    jobs: tuple[Path, ...],
    only: tuple[str, ...],
    sets: tuple[str, ...],
    device: str | None,
    out: Path | None,
    fresh: bool,
    launcher: str | None,
    jobs_at_a_time: int | None,
    fail_fast: bool,
    until: str | None,
    prepare: bool,
    draft: bool,
    style: str | None,
) -> None:
    """Run jobs. Run again what was interrupted, and it goes on where it was.

    A JOB is a file or a folder of them. Of several runs each task has a process of its own, as many at a time as the
    machine has room for. A task that fails stops only what needs it, and is told at once and again at the end; the same
    command does what is missing then, and nothing twice.
    """
    from artgen.job.text.overrides import OfOption, as_toml
    from artgen.launch.options import RunOptions
    from artgen.launch.rungs import run_sweeps
    from artgen.launch.torchrun import follow, follows, led
    from artgen.launch.until import time_of
    from artgen.plugins import plugin_manager
    from artgen.runs.progress import open_progress

    _check_that_they_go_together(context)
    if launcher:
        sets = (*sets, OfOption(f"launcher={as_toml({'type': launcher})}", f"--launcher {launcher}"))
    options = RunOptions(out, fresh, jobs=jobs_at_a_time, fail_fast=fail_fast, until=time_of(until) if until else None)
    cells = of_jobs.read_jobs(jobs, only, options, sets=sets, device=device)
    progress = open_progress(style or "auto")  # type: ignore[arg-type]
    jobs_in_all = [cell for of_file in cells for cell in of_file]
    if follows():
        if not (draft or prepare):
            follow(jobs_in_all)
        return
    for plugin in plugin_manager().plugins:
        if plugin.file:  # which its author has at hand; what is installed is told of by artgen plugins list
            for note in plugin.notes:
                click.echo(note, err=True)
    if draft:
        from artgen.launch.draft import paint_draft

        for of_file in cells:
            paint_draft(of_file, options, progress, plugin_manager(), given=sets)
        return
    if prepare:
        from artgen.launch.prepare import prepare_runs

        prepare_runs(jobs_in_all, options, progress)
        return
    with led():
        run_sweeps(jobs_in_all, options, progress, plugin_manager())


_OF_WHOLE_RUNS = ("fresh", "launcher", "jobs_at_a_time", "fail_fast", "until", "prepare")
_WHILE_THEY_RUN = ("fail_fast", "until")


def _check_that_they_go_together(context: click.Context) -> None:
    """Refuse options that would be of no effect."""
    for option in context.command.params:
        if context.params["draft"] and option.name in _OF_WHOLE_RUNS and context.params[option.name]:
            raise click.UsageError(f"{option.opts[0]} does not go with --draft, which paints small variants at once")
        if context.params["prepare"] and option.name in _WHILE_THEY_RUN and context.params[option.name]:
            raise click.UsageError(f"{option.opts[0]} does not go with --prepare, which runs nothing")
