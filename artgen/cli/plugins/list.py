"""``artgen plugins list``: every plugin with what it brings."""

from __future__ import annotations

import json

import click

from artgen.cli.plugins.told import by_kind, plain


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def list_plugins(as_json: bool = False) -> None:
    """List every plugin with what it brings."""
    from artgen.plugins import plugin_manager

    found = plugin_manager().plugins
    if as_json:
        click.echo(json.dumps([plain(plugin) for plugin in found], indent=2))
        return
    for plugin in found:
        click.echo(f"{plugin.distribution} {plugin.version}")
        if plugin.failure:
            click.echo(f"  {plugin.failure.stage} failed: {plugin.failure.error}")
        for kind, names in by_kind(plugin).items():
            click.echo(f"  {kind}: {', '.join(names)}")
