"""``artgen plugins show``: one plugin, or every component of a name, with its options."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from artgen.cli.plugins.told import commands_of, headline, known_plugins, notes_of, plain, problem_lines

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

    from artgen.plugins import Plugin
    from artgen.registry import Component, Registry

REQUIRED = "(must be given)"
_INDENT = 6 * " "
_WHERE = "artgen plugins show"


@click.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def show_plugin(name: str, as_json: bool) -> None:
    """Show one plugin, or every component of a NAME, with its options."""
    from artgen.entry_points import normalised
    from artgen.plugins import plugin_manager

    manager = plugin_manager()
    plugins = known_plugins(manager)
    plugin = next((p for p in plugins if p.distribution in (name, normalised(name))), None)
    components = plugin.components if plugin else _components_of(name, manager.registry, plugins)
    described = [_described(component) for component in components]
    if as_json:
        about = plain(plugin, manager.registry) if plugin else {}
        click.echo(json.dumps({**about, "components": described}, indent=2))
        return
    if plugin:
        click.echo(headline(plugin))
        for line in problem_lines(plugin):
            click.echo(f"  {line}")
        if commands := commands_of(plugin):
            click.echo(f"  commands: {', '.join(commands)}")
        for note in notes_of(plugin, manager.registry):
            click.echo(f"  note: {note}")
    for component in described:
        _print_component(component)


def _components_of(name: str, registry: Registry, plugins: list[Plugin]) -> list[Component]:
    """All that have a name.

    Raises:
        JobError: none has it; says whose it was where its plugin is broken.
    """
    from artgen.errors import JobError
    from artgen.job.words import did_you_mean

    if found := [c for c in registry.components if name in (c.name, c.qualified)]:
        return found
    for who, gone in registry.absent.items():
        for kind, bare in sorted(gone.names):
            if bare == name:
                raise JobError(f"{kind} '{name}' is of {who}, which {gone.why}", where=_WHERE, hint=gone.mend)
    known = [*(p.distribution for p in plugins), *(c.name for c in registry.components)]
    raise JobError(f"there is no plugin and no component '{name}'{did_you_mean(name, known)}", where=_WHERE)


def _described(component: Any) -> dict[str, Any]:
    from artgen.errors import ArtgenError

    told: dict[str, Any] = {
        "kind": component.kind,
        "name": component.name,
        "type": component.qualified,
        "summary": component.summary,
        "target": component.target,
        "registered": component.place,
        "options": {},
    }
    try:
        model = component.load_config()
    except ArtgenError as error:
        return told | {"error": str(error)}
    for key, default, summary in _options(model) if model else ():
        told["options"][key] = {"default": default, "summary": summary}
    return told


def _options(
    model: type[BaseModel], set_: BaseModel | None = None, table: str = "", above: tuple[type, ...] = ()
) -> Iterator[tuple[str, Any, str]]:
    """Every option of a model with its default and what it is for; those of a table in it by dotted keys.

    Args:
        set_: the values of the table where its owner has others than the model.
        table: dotted, with a dot at the end.
        above: the models that the table is in; one that holds itself is told once.
    """
    from pydantic import BaseModel

    from artgen.job.fields import fields_of, models_in

    names = {field.alias or name: name for name, field in model.model_fields.items()}
    for key, field in fields_of(model).items():
        default = _default(field) if set_ is None else getattr(set_, names[key])
        if isinstance(default, BaseModel):
            yield from _options(type(default), default, f"{table}{key}.", (*above, model))
            continue
        yield f"{table}{key}", _as_toml(default), field.description or ""
        for inner in models_in(field.annotation):
            if inner not in (*above, model):  # a table that may be given, or a list of them
                yield from _options(inner, None, f"{table}{key}.", (*above, model))


def _default(field: FieldInfo) -> Any:
    return REQUIRED if field.is_required() else field.get_default(call_default_factory=True)


def _as_toml(value: Any) -> Any:
    """A value as JSON has it and a job file would: lists for tuples, text for paths, (none) where nothing is set."""
    from pydantic import BaseModel

    if isinstance(value, (list, tuple)):
        return [_as_toml(entry) for entry in value]
    if isinstance(value, (dict, BaseModel)):
        table = value if isinstance(value, dict) else value.model_dump(by_alias=True)
        return {str(key): _as_toml(entry) for key, entry in table.items()}
    if value is None:
        return "(none)"
    return value if isinstance(value, (str, int, float, bool)) else str(value)


def _print_component(component: dict[str, Any]) -> None:
    click.echo(f"\n{component['kind']} {component['name']}: {component['summary']}")
    if "error" in component:
        click.echo(f"  {component['error']}")
    for name, option in component["options"].items():
        default = option["default"]
        plain_text = isinstance(default, str) and default.startswith("(")
        click.echo(f"  {name} = {default if plain_text else json.dumps(default, ensure_ascii=False)}")
        summary = click.wrap_text(" ".join(option["summary"].split()), 100, _INDENT, _INDENT)
        if summary.strip():
            click.echo(summary)
