"""What the documentation tells people to type is there to be typed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
import tomli

from artgen.cli.group import COMMANDS, cli

from .conftest import ROOT

PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("gallery/*/README.md"),
        *ROOT.glob("plugins/*/README.md"),
    ]
)
_BLOCK = re.compile(r"^ *```\w*\n(.*?)^ *```$", re.M | re.S)
_TYPED = re.compile(r"(?:^|(?<=&& ))(?:\S*/)?(artgen (?!=)[^\n&]+)", re.M)
OF_PLUGINS = {
    name
    for file in ROOT.glob("plugins/*/pyproject.toml")
    for name in tomli.loads(file.read_text(encoding="utf-8"))["project"]
    .get("entry-points", {})
    .get("artgen.commands", {})
}
"""Commands that are there where the plugins of this repository are installed; their own tests see to them."""


def typed(page: Path) -> list[str]:
    """The lines of a page that call artgen, in blocks and between words."""
    text = page.read_text(encoding="utf-8")
    within = re.findall(r"`(artgen [^`\n]+)`", _BLOCK.sub("", text))
    return [line for block in _BLOCK.findall(text) for line in _TYPED.findall(block)] + within


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_and_option_that_is_told_of_exists(page: Path) -> None:
    for line in typed(page):
        _, *words = shlex.split(line, comments=True)
        if words[0] in OF_PLUGINS:
            continue
        command: click.Command = cli
        with click.Context(cli) as context:
            while isinstance(command, click.Group) and words and (found := command.get_command(context, words[0])):
                command, words = found, words[1:]
            params = command.get_params(context)  # with --help
        assert command is not cli or all(word.startswith("-") for word in words), line
        known = {name for one in params for name in (*one.opts, *one.secondary_opts)}
        assert {word.partition("=")[0] for word in words if re.match("-{1,2}[a-z]", word)} <= known, line


def test_every_command_is_told_of_in_the_readme() -> None:
    told = {line.split()[1] for line in typed(ROOT / "README.md")}
    assert set(COMMANDS) <= told
