"""``artgen plugins``: what is installed, from where, what failed and why; one file per command."""

from __future__ import annotations

import click

from artgen.cli.plugins.check import check_plugins
from artgen.cli.plugins.list import list_plugins
from artgen.cli.plugins.new import new_plugin
from artgen.cli.plugins.show import show_plugin


@click.group(invoke_without_command=True)
@click.pass_context
def plugins(context: click.Context) -> None:
    """Show what is installed, from where, and what failed and why."""
    if context.invoked_subcommand is None:
        context.invoke(list_plugins)


plugins.add_command(list_plugins)
plugins.add_command(show_plugin)
plugins.add_command(check_plugins)
plugins.add_command(new_plugin)
