"""``artgen gallery``: one page over many runs."""

from __future__ import annotations

from pathlib import Path

import click

_FOLDER = click.Path(path_type=Path)


@click.command()
@click.argument("runs", nargs=-1, required=True, type=_FOLDER, metavar="RUNS…")
@click.option("--out", type=_FOLDER, metavar="DIR", help="Put the page here; by default where all of RUNS are.")
def gallery(runs: tuple[Path, ...], out: Path | None) -> None:
    """Write one page over many runs; sweeps become tables.

    RUNS are run folders, or folders that hold them. The page links to the runs' own, so that the whole folder can be
    moved. Written again, it makes only what is new.
    """
    from artgen.reuse.gallery import write_gallery
    from artgen.runs.progress import open_progress

    progress = open_progress()
    progress.say(str(write_gallery(runs, out, progress)))
