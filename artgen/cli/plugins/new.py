"""``artgen plugins new``: the skeleton of a plugin that works as it is written."""

from __future__ import annotations

from pathlib import Path

import click

from artgen.testing.skeleton.naming import KINDS, SkeletonKind


@click.command("new")
@click.argument("name")
@click.option("--kind", required=True, type=click.Choice(KINDS), help="What the plugin adds to artgen.")
def new_plugin(name: str, kind: SkeletonKind) -> None:
    """Write a new plugin, NAME or artgen-NAME, into a folder here: it installs, passes its tests and runs its job."""
    from artgen.testing.skeleton.naming import names_of
    from artgen.testing.skeleton.writing import write_plugin

    names = names_of(name, kind)
    written = write_plugin(names, Path.cwd())
    click.echo(f"{names.distribution}, with the {kind} '{names.name}':")
    for path in written:
        click.echo(f"  {names.distribution}/{path.as_posix()}")
    click.echo("Next:")
    for command in (
        f"pip install -e './{names.distribution}[dev]'",
        f"python -m pytest {names.distribution}",
        f"artgen run {names.distribution}/example/job.toml",
    ):
        click.echo(f"  {command}")
