"""What is asked of the commands that a distribution adds to ``artgen``."""

from __future__ import annotations

import importlib.metadata

import click
from click.testing import CliRunner

from artgen.cli.group import COMMANDS
from artgen.testing.conformance.imports import heavy_imports
from artgen.testing.conformance.verdict import Told, expect


def command_can_be_called(entry_point: importlib.metadata.EntryPoint) -> Told:
    """It is a click command with a name of its own, and its help says what it does."""
    name = entry_point.name
    expect(name not in COMMANDS, "its name", expected="one that artgen has not taken", found=f"artgen {name}")
    command = entry_point.load()
    expect(isinstance(command, click.Command), entry_point.value, expected="a click command", found=type(command))
    told = CliRunner().invoke(command, ["--help"], prog_name=f"artgen {name}")
    expect(told.exit_code == 0, f"artgen {name} --help", expected="exit 0", found=f"exit {told.exit_code}")
    summary = command.get_short_help_str()
    expect(bool(summary), f"artgen {name} --help", expected="a sentence that says what it does", found="none")
    return Told(summary)


def command_is_light(entry_point: importlib.metadata.EntryPoint) -> Told:
    """Its module is imported without torch, so that its help is there in a moment."""
    heavy = heavy_imports(entry_point.module)
    expect(
        not heavy,
        f"the module {entry_point.module}",
        expected="imports no torch, numpy, kornia, PIL or imageio at its top",
        found=f"imports {', '.join(heavy)}; import them inside the function",
    )
    return Told()
