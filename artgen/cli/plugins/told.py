"""What is told of a plugin, as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from artgen.plugins import Plugin


def by_kind(plugin: Plugin) -> dict[str, list[str]]:
    """Names of its components by the plural of their kind; kinds that it has none of are left out."""
    from artgen.registry import KINDS, PLURALS

    names = {PLURALS[kind]: [c.name for c in plugin.components if c.kind == kind] for kind in KINDS}
    return {kind: found for kind, found in names.items() if found}


def plain(plugin: Plugin) -> dict[str, Any]:
    """What ``--json`` says of it."""
    failure = plugin.failure
    return {
        "distribution": plugin.distribution,
        "version": plugin.version,
        "provides": by_kind(plugin),
        "failure": {"stage": failure.stage, "error": failure.error, "place": failure.place} if failure else None,
    }
