"""``artgen clean``: free disk space in run folders, never what outputs are made from."""

from __future__ import annotations

from pathlib import Path

import click

from artgen.cli.run_folder import without_pages


@click.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), callback=without_pages)
@click.option("--finished", is_flag=True, help="Also drop what only further training needs; `render` still works.")
@click.option("--dry-run", is_flag=True, help="Say what would go, delete nothing.")
def clean(runs: tuple[Path, ...], finished: bool, dry_run: bool) -> None:
    """Free disk space: all checkpoints but the last and the best, and the snapshots.

    RUNS are run folders, or folders of run folders. Pictures, films, pages and numbers stay.
    """
    from artgen.errors import ArtgenError
    from artgen.runs.clean import clean_run, find_runs

    folders = [folder for path in runs for folder in find_runs(path)]
    if not folders:
        raise ArtgenError("no run folder here", where=", ".join(map(str, runs)), hint="name a folder below runs/")
    total = 0
    refused: list[ArtgenError] = []
    for folder in folders:
        try:
            freed = clean_run(folder, finished=finished, dry_run=dry_run)
        except ArtgenError as error:
            refused.append(error)
            continue
        total += freed
        click.echo(f"{folder}: {freed / 1e6:,.1f} MB")
    looked_at = len(folders) - len(refused)
    runs_told = f"{looked_at} {'run' if looked_at == 1 else 'runs'}"
    click.echo(f"{'would free' if dry_run else 'freed'} {total / 1e6:,.1f} MB in {runs_told}")
    if refused:
        raise ArtgenError("\n".join(map(str, refused)))
