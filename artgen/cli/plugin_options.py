"""``--plugin``, ``--plugins-dir`` and ``--no-plugins``: which plugins count for one command.

They may stand before the command, and after it where it reads jobs or runs. What they ask for goes into the environment
for as long as the command runs, so that the processes it starts see the same plugins.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import click

_VARIABLES = ("ARTGEN_PLUGINS", "ARTGEN_PLUGIN_FILES")


def plugin_options() -> list[click.Option]:
    """New options; their work is done as they are read."""
    files = {
        "--plugin": ("FILE.py", "Plug in a file for this command."),
        "--plugins-dir": ("DIR", "Plug in every .py file of a folder."),
    }
    return [
        *(
            click.Option(
                [name],
                multiple=True,
                expose_value=False,
                callback=_ask,
                metavar=metavar,
                type=click.Path(path_type=Path),
                help=told,
            )
            for name, (metavar, told) in files.items()
        ),
        click.Option(
            ["--no-plugins"],
            is_flag=True,
            expose_value=False,
            callback=_leave_out,
            help="Leave out the plugins that are installed.",
        ),
    ]


def with_plugin_options(command: click.Command) -> click.Command:
    """The command with these options, and each of its own commands too; one that has an option already keeps it."""
    for option in plugin_options():
        if all(option.name != parameter.name for parameter in command.params):
            command.params.append(option)
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            with_plugin_options(inner)
    return command


@contextlib.contextmanager
def environment_restored() -> Iterator[None]:
    """What the options have put into the environment is taken out when the block ends."""
    before = {name: os.environ.get(name) for name in _VARIABLES}
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _ask(context: click.Context, parameter: click.Parameter, paths: tuple[Path, ...]) -> None:
    if paths and not context.resilient_parsing:
        from artgen.plugins.one_off import ask_for

        ask_for(paths, option=parameter.opts[0])


def _leave_out(context: click.Context, _parameter: click.Parameter, asked: bool) -> None:
    if asked and not context.resilient_parsing:
        os.environ["ARTGEN_PLUGINS"] = ""
