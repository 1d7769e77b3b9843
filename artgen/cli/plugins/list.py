"""``artgen plugins list``: every plugin with what it brings, or why it brings nothing."""

from __future__ import annotations

import json

import click

from artgen.cli.plugins.told import by_kind, headline, notes_of, plain, problem_lines


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def list_plugins(as_json: bool = False) -> None:
    """List every plugin with what it brings, what failed and how to mend it."""
    from artgen.plugins import plugin_manager
    from artgen.registry import BUILTIN

    manager = plugin_manager()
    if as_json:
        click.echo(json.dumps([plain(plugin, manager.registry) for plugin in manager.plugins], indent=2))
        return
    for plugin in manager.plugins:
        click.echo(headline(plugin))
        for line in problem_lines(plugin):
            click.echo(f"  {line}")
        for kind, names in by_kind(plugin).items():
            click.echo(f"  {kind}: {', '.join(names)}")
        if plugin.distribution == BUILTIN:
            continue
        if plugin.hooks:
            click.echo(f"  hooks: {', '.join(sorted(plugin.hooks))}")
        for note in notes_of(plugin, manager.registry):
            click.echo(f"  note: {note}")
        if not plugin.failure:
            click.echo(f"  import: {plugin.import_s:.2f} s")
    for distribution in sorted(set(manager.registry.absent) - {plugin.distribution for plugin in manager.plugins}):
        click.echo(f"{distribution} is left out")
