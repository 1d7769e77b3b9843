"""``artgen remake``: make a picture again from what it carries."""

from __future__ import annotations

from pathlib import Path

import click

_FOLDERS = click.Path(path_type=Path)


@click.command()
@click.argument("picture", type=click.Path(path_type=Path), metavar="PICTURE")
@click.option("--runs", multiple=True, type=_FOLDERS, metavar="FOLDER", help="Look for the run here and below.")
@click.option(
    "--inputs", multiple=True, type=_FOLDERS, metavar="FOLDER", help="Look for photographs and paintings here."
)
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE", help="Keep the new picture, as its ending says."
)
def remake(picture: Path, runs: tuple[Path, ...], inputs: tuple[Path, ...], out: Path | None) -> None:
    """Make PICTURE again from what it carries, and say how far the new one differs.

    What it was made of is found by its sha256: the run in the folders of --runs, by default the one that the picture
    is in and those in runs/; photographs and paintings in those of --inputs. A canvas is taken from the run that
    painted it; with --inputs alone it is painted again.
    """
    from artgen.reuse.remake import Places
    from artgen.reuse.remake import remake as remake_picture
    from artgen.runs.progress import open_progress

    remake_picture(picture, Places(runs, inputs), out, open_progress())
