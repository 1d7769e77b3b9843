"""``artgen stop``: have runs save and end, wherever their workers are."""

from __future__ import annotations

from pathlib import Path

import click

from artgen.cli.run_folder import without_pages


@click.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), callback=without_pages)
def stop(runs: tuple[Path, ...]) -> None:
    """Have the workers of RUNS save what they have and end, also those on other machines. `artgen run` goes on.

    RUNS are run folders, or folders of run folders. Tasks that wait in a queue end when their turn comes.
    """
    from artgen.errors import ArtgenError
    from artgen.runs.clean import find_runs
    from artgen.runs.tasks.attempts import WHOLE_RUN, attempts_of
    from artgen.runs.tasks.holding import sees_wishes
    from artgen.runs.tasks.stop_file import ask_to_stop

    folders = [folder for path in runs for folder in find_runs(path)]
    at_work = {}
    for folder in folders:
        held = [attempt for attempt in attempts_of(folder) if sees_wishes(attempt) and attempt.life() != "gone"]
        # Who gives out the tasks may have other runs to go on with.
        if who := [attempt for attempt in held if attempt.task != WHOLE_RUN] or held:
            at_work[folder] = dict.fromkeys(f"process {attempt.process} on {attempt.host}" for attempt in who)
    if not at_work:
        raise ArtgenError(
            "nothing runs here",
            where=", ".join(map(str, runs)),
            hint="`artgen status` shows what there is; commands such as `artgen render` end by Ctrl-C.",
        )
    for folder, workers in at_work.items():
        ask_to_stop(folder)
        click.echo(f"{folder}: {', '.join(workers)} will save and end")
