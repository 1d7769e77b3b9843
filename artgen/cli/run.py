"""``artgen run``: run jobs; the same command again goes on."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click


@click.command()
@click.argument("jobs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="JOB…")
@click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="Change a value: --set train.kimg=50.")
@click.option("--device", metavar="DEVICE", help="auto, cpu, mps, cuda or cuda:N.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Put run folders here.")
@click.option("--fresh", is_flag=True, help="Start anew; a run that is there is renamed to NAME.1.")
@click.option("--launcher", metavar="NAME", help="Who runs the tasks, instead of the job's [launcher].")
@click.option("--draft", is_flag=True, help="Paint small variants of canvases on one sheet, to choose from.")
@click.option("--json", "style", flag_value="json", help="Tell progress as JSON lines.")
@click.option("--quiet", "style", flag_value="quiet", help="Tell problems only.")
def run(
    jobs: tuple[Path, ...],
    sets: tuple[str, ...],
    device: str | None,
    out: Path | None,
    fresh: bool,
    launcher: str | None,
    draft: bool,
    style: str | None,
) -> None:
    """Run jobs. Run again what was interrupted, and it goes on where it was."""
    from artgen.errors import JobError
    from artgen.job import read_job
    from artgen.launch.batch import run_all
    from artgen.launch.options import RunOptions
    from artgen.plugins import plugin_manager
    from artgen.runs.open import decided_before
    from artgen.runs.progress import open_progress

    if launcher:
        sets = (*sets, f'launcher={{type="{launcher}"}}')
    options = RunOptions(out, fresh)
    cells, problems = [], []
    for path in jobs:
        try:
            cells.append(read_job(path, sets=sets, device=device, frozen=partial(decided_before, options)))
        except JobError as error:
            problems.extend(error.problems)
    if problems:
        raise JobError(problems)
    progress = open_progress(style or "auto")  # type: ignore[arg-type]
    if draft:
        from artgen.launch.draft import paint_draft

        for of_file in cells:
            paint_draft(of_file, options, progress, plugin_manager(), given=sets)
        return
    run_all([cell for of_file in cells for cell in of_file], options, progress, plugin_manager())
