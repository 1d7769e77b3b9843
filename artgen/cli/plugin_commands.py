"""Commands that plugins add to ``artgen``: listed from metadata, imported when they are called."""

from __future__ import annotations

import functools
import sys
from collections.abc import Sequence
from importlib.metadata import EntryPoint
from typing import Any

import click

from artgen.entry_points import entry_points_of, owner_of, package_of_entry

PLUGIN_COMMANDS = "artgen.commands"
"""The entry-point group of plugins' own commands; listed from metadata, so that help imports no plugin."""


def plugin_commands() -> dict[str, list[EntryPoint]]:
    """Every command of a plugin, by name; more than one where plugins are at odds."""
    return _commands_on(tuple(sys.path))


@functools.lru_cache(maxsize=1)
def _commands_on(_path: tuple[str, ...]) -> dict[str, list[EntryPoint]]:
    found: dict[str, list[EntryPoint]] = {}
    for entry in entry_points_of(PLUGIN_COMMANDS)[0]:
        found.setdefault(entry.name, []).append(entry)
    return found


def owners(rivals: Sequence[EntryPoint]) -> str:
    """Whose a command is, ``artgen-frame 1.0``."""
    return " and ".join(" ".join(owner_of(entry)).strip() for entry in rivals)


def command_of(rivals: Sequence[EntryPoint]) -> click.Command:
    """The command that plugins have under a name, imported now; where that is not to be had, one that says why."""
    entry_point = rivals[0]
    if len(rivals) > 1:
        return _broken_command(entry_point, f"{owners(rivals)} have a command of this name; uninstall one of them")
    try:
        command = entry_point.load()
        if not isinstance(command, click.Command):
            raise TypeError(f"{entry_point.value} is no click command")
    except (Exception, SystemExit) as error:
        from artgen.blame import mend_of, place_of, said

        package = package_of_entry(entry_point)
        place = place_of(error, package, sys.modules.get(entry_point.module))
        cause = said(error) + (f", at {place}" if place else "")
        return _broken_command(entry_point, cause, mend_of(owner_of(entry_point)[0], "import", error, package))
    return command


def _broken_command(entry_point: EntryPoint, cause: str, mend: str = "") -> click.Command:
    owner = owners([entry_point])

    def say_why(**_: Any) -> None:
        from artgen.errors import ArtgenError

        raise ArtgenError(f"this command could not be loaded: {cause}", where=owner, hint=mend)

    return click.Command(
        entry_point.name,
        callback=say_why,
        params=[click.Argument(["arguments"], nargs=-1, type=click.UNPROCESSED)],
        help=f"Broken: {owner} could not be loaded ({cause}).",
        context_settings={"ignore_unknown_options": True},
    )
