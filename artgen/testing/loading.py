"""Plugins for tests: artgen's own and some that are installed, and nobody else's."""

from __future__ import annotations

import importlib.metadata

from artgen.distributions import BUILTIN
from artgen.entry_points import normalised
from artgen.errors import ArtgenError
from artgen.plugins import GROUP, PluginManager

COMMANDS = "artgen.commands"
"""The entry-point group of commands."""


def plugins_of(*distributions: str) -> PluginManager:
    """A manager with artgen's own components and those of some distributions.

    Raises:
        ArtgenError: one is not installed, has no entry point of artgen's, or cannot be loaded.
    """
    manager = PluginManager(discover=False)
    for distribution in distributions:
        if distribution != BUILTIN:
            _load(manager, normalised(distribution))
    return manager


def entries_of(distribution: str, group: str) -> list[importlib.metadata.EntryPoint]:
    """The entry points of one distribution in a group.

    Raises:
        ArtgenError: it is not installed.
    """
    try:
        found = importlib.metadata.distribution(distribution)
    except importlib.metadata.PackageNotFoundError as error:
        raise ArtgenError(f"{distribution} is not installed here", hint="in its folder: pip install -e .") from error
    return [entry for entry in found.entry_points if entry.group == group]


def _load(manager: PluginManager, distribution: str) -> None:
    entries = entries_of(distribution, GROUP)
    if not entries and not entries_of(distribution, COMMANDS):
        raise ArtgenError(
            f"it has no entry point in the group '{GROUP}' or '{COMMANDS}'",
            where=distribution,
            hint=f"write [project.entry-points.{GROUP}] into its pyproject.toml, then: pip install -e .",
        )
    version = importlib.metadata.version(distribution)
    for entry in entries:
        plugin = manager.load(distribution, version, entry.load)
        if failure := plugin.failure:
            raise ArtgenError(f"{distribution}: {failure.stage} failed: {failure.error}", where=failure.place)
