"""``artgen plugins check``: what artgen asks of every component, asked of installed plugins."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from artgen.testing.checking import Checked

_MARKS = {"passed": "ok", "failed": "FAILED", "skipped": "-"}


@click.command("check")
@click.argument("name", required=False)
@click.option(
    "--timeout", "timeout_s", default=300.0, show_default=True, type=click.FloatRange(min=1), help="Seconds for each."
)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def check_plugins(name: str | None, timeout_s: float, as_json: bool) -> int:
    """Load each plugin, or the one of this NAME, in a process of its own and check all that it brings.

    Its Python connects to nothing; that is no sandbox for plugins that you do not trust. Exit code 1 when something failed.
    """
    from artgen.errors import JobError
    from artgen.plugins.one_off import asked_for
    from artgen.testing.checking import check_plugin

    if files := asked_for():
        raise JobError(
            "only plugins that are installed are checked, and this is a file",
            where=str(files[0]),
            hint="Make a package of it: `artgen plugins new`",
        )
    checked = []
    for distribution, version in _wanted(name):
        one = check_plugin(distribution, version, timeout_s=timeout_s)
        checked.append(one)
        if not as_json:
            _print(one)
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(one) for one in checked], indent=2))
    elif not checked:
        click.echo("no plugins are installed")
    return 1 if any(one.count("failed") for one in checked) else 0


def _wanted(name: str | None) -> list[tuple[str, str]]:
    """Distributions and their versions."""
    import artgen
    from artgen.distributions import BUILTIN
    from artgen.entry_points import entry_points_of, normalised, owner_of
    from artgen.errors import JobError
    from artgen.job.words import did_you_mean
    from artgen.plugins import GROUP
    from artgen.testing.loading import COMMANDS

    entries = [entry for group in (GROUP, COMMANDS) for entry in entry_points_of(group)[0]]
    found = dict(sorted({owner_of(entry) for entry in entries}))
    if name is None:
        return list(found.items())
    known = {**found, BUILTIN: artgen.__version__}
    name = normalised(name)
    if name not in known:
        text = f"there is no plugin '{name}'{did_you_mean(name, known)}"
        raise JobError(text, where="artgen plugins check", hint="`artgen plugins` lists those that are installed.")
    return [(name, known[name])]


def _print(checked: Checked) -> None:
    counts = ", ".join(f"{n} {what}" for what in _MARKS if (n := checked.count(what)))
    click.echo(f"{checked.distribution} {checked.version}: {counts} in {checked.seconds:.1f} s")
    width = max((len(one.check) for one in checked.results), default=0)
    name = ""
    for one in checked.results:
        if one.name != name:
            name = one.name
            click.echo(f"  {name}")
        first, *more = one.text.split("\n")
        click.echo(f"    {_MARKS[one.result]:<7}{one.check:<{width}}  {first}".rstrip())
        for line in more:
            click.echo(f"    {'':<7}{'':<{width}}  {line}")
