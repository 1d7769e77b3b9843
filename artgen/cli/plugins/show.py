"""``artgen plugins show``: one plugin, or every component of a name, with its options."""

from __future__ import annotations

import json
from typing import Any

import click

from artgen.cli.plugins.told import plain


@click.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def show_plugin(name: str, as_json: bool) -> None:
    """Show one plugin, or every component of a NAME, with its options."""
    from artgen.errors import JobError
    from artgen.job.words import did_you_mean
    from artgen.plugins import plugin_manager

    manager = plugin_manager()
    plugin = next((p for p in manager.plugins if p.distribution == name), None)
    components = plugin.components if plugin else manager.registry.components
    if plugin is None:
        components = [c for c in components if name in (c.name, c.qualified)]
        if not components:
            known = [*(p.distribution for p in manager.plugins), *(c.name for c in manager.registry.components)]
            text = f"there is no plugin and no component '{name}'{did_you_mean(name, known)}"
            raise JobError(text, where="artgen plugins show")
    described = [_described(component) for component in components]
    if as_json:
        click.echo(json.dumps({**(plain(plugin) if plugin else {}), "components": described}, indent=2))
        return
    if plugin:
        click.echo(f"{plugin.distribution} {plugin.version}")
        if plugin.failure:
            click.echo(f"  {plugin.failure}")
    for component in described:
        _print_component(component)


def _described(component: Any) -> dict[str, Any]:
    from artgen.errors import ArtgenError
    from artgen.job.fields import fields_of

    told: dict[str, Any] = {
        "kind": component.kind,
        "name": component.name,
        "type": component.qualified,
        "summary": component.summary,
        "target": component.target,
        "options": {},
    }
    try:
        model = component.load_config()
    except ArtgenError as error:
        return told | {"error": str(error)}
    for name, field in fields_of(model).items() if model else ():
        default = "(must be given)" if field.is_required() else field.default
        told["options"][name] = {"default": _jsonable(default), "summary": field.description or ""}
    return told


def _jsonable(value: Any) -> Any:
    return value if isinstance(value, (str, int, float, bool, list)) else str(value)


def _print_component(component: dict[str, Any]) -> None:
    click.echo(f"\n{component['kind']} {component['name']}: {component['summary']}")
    if "error" in component:
        click.echo(f"  {component['error']}")
    for name, option in component["options"].items():
        default = option["default"] if isinstance(option["default"], str) else json.dumps(option["default"])
        click.echo(f"  {name} = {default}")
        click.echo(f"      {option['summary']}")
