"""``artgen directions``: straight ways through a generator's latent space, found, shown and named."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
@click.option("--method", type=click.Choice(["pca", "closed-form"]), help="By default what suits the generator.")
@click.option("--name", default="", metavar="NAME", help="Save them under this name; by default the method's.")
@click.option("--count", type=click.IntRange(1, 512), default=10, show_default=True, help="At most so many.")
@click.option("--layers", default="", metavar="LAYERS", help='Closed form of these alone: coarse, middle, fine, "0-3".')
@click.option("--class", "of_class", default="", metavar="NAME", help="Look at this class only.")
@click.option("--sheet", is_flag=True, help="Draw a strip for each, to choose by.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the picture on the sheet.")
@click.option("--list", "listed", is_flag=True, help="Show what is saved; find nothing.")
@click.option("--rename", nargs=2, metavar="OLD NEW", help="Rename a direction of --name; find nothing.")
@click.option("--remove", is_flag=True, help="Remove those of --name; find nothing.")
@click.option("--device", metavar="DEVICE", help="auto, cpu, mps, cuda or cuda:N.")
def directions(
    run: Path,
    method: str | None,
    name: str,
    count: int,
    layers: str,
    of_class: str,
    sheet: bool,
    seed: int,
    listed: bool,
    rename: tuple[str, str] | None,
    remove: bool,
    device: str | None,
) -> None:
    """Find the directions along which the pictures of RUN change most, and save them by name.

    They are followed by the output walk-grid. With --rename and --sheet, or --list and --sheet, what is saved is drawn
    anew.
    """
    from artgen.cli.run_folder import check_run
    from artgen.runs.progress import open_progress

    if listed and (rename or remove):
        raise click.UsageError("--list changes nothing: leave it out, or --rename and --remove")
    check_run(run)
    progress = open_progress()
    if listed:
        _list(run, name)
    elif rename or remove:
        _change(run, name, rename, remove)
    else:
        from artgen.reuse.directions import DirectionOptions, find_and_save

        options = DirectionOptions(method or "", name, count, layers, of_class, sheet, seed, device)
        for path in find_and_save(run, options, progress):
            progress.say(str(path))
        return
    if sheet:
        from artgen.reuse.directions import draw_saved

        progress.say(str(draw_saved(run, _the_one(run, name), seed, progress, device)))


def _list(run: Path, name: str) -> None:
    from artgen.latents.saved_directions import read_directions, saved_directions
    from artgen.reuse.directions import described

    names = [name] if name else saved_directions(run)
    if not names:
        click.echo(f"none were saved yet; artgen directions {run} finds some")
    for one in names:
        click.echo(one)
        for line in described(read_directions(run, one)):
            click.echo(f"  {line}")


def _change(run: Path, name: str, rename: tuple[str, str] | None, remove: bool) -> None:
    from artgen.latents.saved_directions import drop_directions
    from artgen.reuse.directions import rename as rename_direction

    name = _the_one(run, name)
    if rename:
        rename_direction(run, name, *rename)
        click.echo(f"{name}: {rename[0]} is {rename[1]} now")
    if remove:
        drop_directions(run, name)
        click.echo(f"{name} is removed")


def _the_one(run: Path, name: str) -> str:
    """The saved set that is meant: the one that is named, or the only one."""
    from artgen.errors import ArtgenError
    from artgen.latents.saved_directions import saved_directions

    there = saved_directions(run)
    if name or len(there) == 1:
        return name or there[0]
    told = f"There are {', '.join(there)}." if there else f"artgen directions {run} finds some."
    raise ArtgenError("which directions are meant is not clear", where="--name", hint=told)
