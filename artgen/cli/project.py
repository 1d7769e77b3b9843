"""``artgen project``: pictures of one's own in a generator's latent space."""

from __future__ import annotations

from pathlib import Path

import click

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("run", type=_FILE, metavar="RUN")
@click.argument("pictures", nargs=-1, required=True, type=_FILE, metavar="PICTURE…")
@click.option("--name", default="", metavar="NAME", help="Of what is kept; by default that of the file.")
@click.option("--class", "of_class", default="", metavar="NAME", help="Paint it as this class.")
@click.option("--steps", type=click.IntRange(1), default=400, show_default=True, help="More find it more nearly.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the search's chance.")
@click.option("--device", metavar="DEVICE", help="auto, cpu, mps, cuda or cuda:N.")
def project(
    run: Path, pictures: tuple[Path, ...], name: str, of_class: str, steps: int, seed: int, device: str | None
) -> None:
    """Find the latents from which RUN paints each PICTURE as nearly as it can.

    They are kept in RUN/projections, with a picture of before and after, and can be keys of a film. Pictures are cropped
    and scaled as the training's were.
    """
    from artgen.cli.run_folder import check_run
    from artgen.reuse.project import ProjectOptions, project_pictures
    from artgen.runs.progress import open_progress

    check_run(run)
    progress = open_progress()
    for path in project_pictures(run, pictures, ProjectOptions(name, of_class, steps, seed, device), progress):
        progress.say(str(path))
