"""``artgen show``: what a picture or a film carries about how it was made."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from artgen.terminal import harmless

if TYPE_CHECKING:
    from artgen.outputs.metadata.carried import Carried

_MOST_LINES = 400
_MOST_LETTERS = 300


@click.command()
@click.argument("picture", type=click.Path(path_type=Path), metavar="PICTURE")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON, in full.")
def show(picture: Path, as_json: bool) -> None:
    """Show what PICTURE carries: how it was made, and what else tells of it. Films are shown too."""
    from artgen.outputs.metadata.carried import read_carried

    carried = read_carried(picture)
    if as_json:
        click.echo(json.dumps({"file": picture.name, **asdict(carried)}, indent=2))
        return
    for line in _lines(picture, carried):
        click.echo(line)


def _lines(picture: Path, carried: Carried) -> Iterator[str]:
    size = f", {carried.size[0]}×{carried.size[1]} px" if carried.size else ""
    yield f"{_short(picture.name)}: {carried.format}{size}"
    if carried.description:
        yield f"  {_short(carried.description)}"
    written = {"written by": carried.software, "source": carried.source_type.rpartition("/")[2]}
    yield from (_line(name, text) for name, text in written.items() if text)
    if carried.recipe is None:
        yield f"  what artgen wrote in it cannot be read: {carried.trouble}" if carried.trouble else _NOTHING
    else:
        told = {key: value for key, value in carried.recipe.items() if key != _THE_JOB}
        yield from _table(told)
        if _THE_JOB in carried.recipe:
            yield "  the job:"
            yield from _table(carried.recipe[_THE_JOB])
    if carried.also:
        yield "  also in it:"
        yield from (f"    {_short(one)}" for one in carried.also[:_MOST_LINES])


_THE_JOB = "settings"
_NOTHING = "  it says nothing of how artgen made it"


def _table(told: Any) -> Iterator[str]:
    lines = list(_flat(told))
    yield from (_line(name, text) for name, text in lines[:_MOST_LINES])
    if len(lines) > _MOST_LINES:
        yield f"  … and {len(lines) - _MOST_LINES:,} more, which --json shows"


def _line(name: str, text: str) -> str:
    return f"  {_short(name):36}  {_short(text)}"


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Nested data as dotted names and texts; short lists on one line, entries of others by their own names."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        if any(isinstance(inner, Mapping) for inner in value):
            for index, inner in enumerate(value):
                own = inner.get("name", index) if isinstance(inner, Mapping) else index
                yield from _flat(inner, f"{name}.{own}")
        else:
            yield name, ", ".join(map(str, value))
    else:
        yield name, value if isinstance(value, str) else json.dumps(value)


def _short(text: str) -> str:
    """Text of anybody's on one line of a terminal."""
    return harmless(text if len(text) <= _MOST_LETTERS else f"{text[:_MOST_LETTERS]}…")
