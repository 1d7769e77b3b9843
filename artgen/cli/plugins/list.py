"""``artgen plugins list``: every plugin with what it brings, or why it brings nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from artgen.cli.plugins.told import by_kind, commands_of, headline, known_plugins, notes_of, plain, problem_lines

if TYPE_CHECKING:
    from artgen.plugins import Plugin
    from artgen.registry import Registry


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def list_plugins(as_json: bool = False) -> None:
    """List every plugin with what it brings, what failed and how to mend it."""
    from artgen.plugins import plugin_manager

    manager = plugin_manager()
    plugins = known_plugins(manager)
    if as_json:
        click.echo(json.dumps([plain(plugin, manager.registry) for plugin in plugins], indent=2))
        return
    for plugin in plugins:
        _print(plugin, manager.registry)
    for distribution in sorted(set(manager.registry.absent) - {plugin.distribution for plugin in plugins}):
        click.echo(f"{distribution} is left out")


def _print(plugin: Plugin, registry: Registry) -> None:
    from artgen.distributions import BUILTIN

    click.echo(headline(plugin))
    for line in problem_lines(plugin):
        click.echo(f"  {line}")
    for kind, names in by_kind(plugin).items():
        click.echo(f"  {kind}: {', '.join(names)}")
    if plugin.distribution == BUILTIN:
        return
    if commands := commands_of(plugin):
        click.echo(f"  commands: {', '.join(commands)}")
    if plugin.hooks:
        click.echo(f"  hooks: {', '.join(sorted(plugin.hooks))}")
    for note in notes_of(plugin, registry):
        click.echo(f"  note: {note}")
    if not plugin.failure and (plugin.module is not None or plugin.remembered):
        click.echo(f"  import: {plugin.import_s:.2f} s")
