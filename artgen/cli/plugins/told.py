"""What is told of a plugin, as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from artgen.plugins import Plugin, PluginManager
    from artgen.registry import Component, Registry

SLOW_S = 0.5
"""Plugins that take longer to import are called slow."""


def known_plugins(manager: PluginManager) -> list[Plugin]:
    """All that is loaded, and distributions that add commands alone, of which nothing is imported."""
    from artgen.cli.plugin_commands import plugin_commands
    from artgen.entry_points import owner_of
    from artgen.plugins import Plugin

    there = {plugin.distribution for plugin in manager.plugins}
    owners = {owner_of(entry) for rivals in plugin_commands().values() for entry in rivals}
    others = [Plugin(distribution, version) for distribution, version in sorted(owners) if distribution not in there]
    return [*manager.plugins, *others]


def commands_of(plugin: Plugin) -> list[str]:
    """Names of the commands that it adds to ``artgen``, as its metadata says."""
    from artgen.cli.plugin_commands import plugin_commands
    from artgen.entry_points import owner_of

    found = plugin_commands().items()
    return sorted(name for name, rivals in found if plugin.distribution in {owner_of(entry)[0] for entry in rivals})


def by_kind(plugin: Plugin) -> dict[str, list[str]]:
    """Names of its components by the plural of their kind; kinds that it has none of are left out."""
    from artgen.registry import KINDS, PLURALS

    names = {PLURALS[kind]: [c.name for c in plugin.components if c.kind == kind] for kind in KINDS}
    return {kind: found for kind, found in names.items() if found}


def plain(plugin: Plugin, registry: Registry | None = None) -> dict[str, Any]:
    """What ``--json`` says of it.

    Args:
        registry: says which of its names mean something else; not told without.
    """
    failure = plugin.failure
    told = (
        {"stage": failure.stage, "error": failure.error, "place": failure.place, "mend": failure.mend}
        if failure
        else None
    )
    return {
        "distribution": plugin.distribution,
        "version": plugin.version,
        "file": str(plugin.file) if plugin.file else None,
        "sha256": plugin.sha256 or None,
        "provides": by_kind(plugin),
        "commands": commands_of(plugin),
        "hooks": sorted(plugin.hooks),
        "import_s": round(plugin.import_s, 4),
        "remembered": plugin.remembered,
        "notes": notes_of(plugin, registry),
        "failure": told,
    }


def headline(plugin: Plugin) -> str:
    """Name and version, or the file and the beginning of its sha256."""
    if plugin.file:
        return f"{plugin.file} (sha256 {plugin.version})"
    return f"{plugin.distribution} {plugin.version}".strip()


def problem_lines(plugin: Plugin) -> list[str]:
    """What failed, where, and how to mend it."""
    failure = plugin.failure
    if failure is None:
        return []
    place = [f"  at {failure.place}"] if failure.place else []
    mend = [f"  {failure.mend}"] if failure.mend else []
    return [f"{failure.stage} failed: {failure.error}", *place, *mend]


def notes_of(plugin: Plugin, registry: Registry | None) -> list[str]:
    """What its user or author should know though it works."""
    notes = list(plugin.notes)
    for component in plugin.components:
        if others := registry.shadows(component) if registry else []:
            notes.append(_shadowed(component, others))
        if component.missing:
            from artgen.requirement import pip_line

            notes.append(f"{component.kind} '{component.name}' cannot be used yet. Try: {pip_line(*component.missing)}")
    notes.extend(note for name in commands_of(plugin) if (note := _why_not_called(name, plugin)))
    if plugin.import_s > SLOW_S:
        notes.append(f"slow: it took {plugin.import_s:.2f} s to import, where heavy imports belong into functions")
    return notes


def _shadowed(component: Component, others: list[Component]) -> str:
    owners = " and ".join(sorted({other.distribution for other in others}))
    text = f"{component.kind} '{component.name}' is also of {owners}; write '{component.qualified}'"
    return f"{component.place}: {text}" if component.place else text


def _why_not_called(command: str, plugin: Plugin) -> str:
    """Why a command of a plugin is never called; "" where it is."""
    from artgen.cli.group import COMMANDS
    from artgen.cli.plugin_commands import plugin_commands
    from artgen.entry_points import owner_of

    if command in COMMANDS:
        return f"command '{command}' is never called: artgen has one of this name"
    others = sorted({owner_of(entry)[0] for entry in plugin_commands()[command]} - {plugin.distribution})
    return f"command '{command}' is also of {' and '.join(others)}; uninstall one of them" if others else ""
