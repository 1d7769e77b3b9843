"""The tables of ``artgen plan``: every value with where it comes from, and the cells of a matrix."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

import click

Row = tuple[str, str, str]
"""Key, value, source."""
_WIDEST = 40
MOST_NAMES = 5
"""More runs, pictures or styles than these are counted and not named."""
_NUMBERS = ("budget", "steps")


def rows_of(cell: dict[str, Any]) -> list[Row]:
    """Every value of a run."""
    return [(key, as_toml(told["value"]), told["source"]) for key, told in cell["values"].items()]


def shared_rows(cells: Sequence[list[Row]]) -> tuple[list[Row], list[list[Row]]]:
    """Rows that all cells have, and for each cell the others."""
    common = set(cells[0]).intersection(*cells)
    return [row for row in cells[0] if row in common], [[row for row in rows if row not in common] for rows in cells]


def as_toml(value: Any) -> str:
    """A value as a job file has it."""
    return json.dumps(value, ensure_ascii=False)


def print_cells(cells: Sequence[dict[str, Any]]) -> None:
    """One line for each run of a matrix: its name, its values, how long it learns or paints."""
    numbers = [{"budget": cell["short"], "steps": _counted(cell["steps"])} for cell in cells]
    told = [name for name in _NUMBERS if any(of_cell[name] for of_cell in numbers)]  # canvases have steps alone
    columns = ["run", *cells[0]["axes"], *told]
    lines = [
        [cell["name"], *(_plainly(value, cell) for value in cell["axes"].values()), *(of_cell[name] for name in told)]
        for cell, of_cell in zip(cells, numbers, strict=True)
    ]
    print_table("", columns, lines, right=_NUMBERS)


def print_values(title: str, rows: list[Row]) -> None:
    """Values with where they come from."""
    print_table(title, ("key", "value", "from"), rows, headed=sys.stdout.isatty())


def print_table(
    title: str,
    columns: Sequence[str],
    lines: Sequence[Sequence[str]],
    *,
    right: Sequence[str] = (),
    headed: bool = True,
) -> None:
    """A table with a title: coloured on a terminal, lines of plain text elsewhere.

    Args:
        right: columns that are set to the right.
        headed: whether the columns have heads.
    """
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table

        table = Table(title=title or None, title_justify="left", box=None, pad_edge=False)
        for column in columns:
            table.add_column(column, overflow="fold", justify="right" if column in right else "left")
        for line in lines:
            table.add_row(*line, style="dim" if line[-1] == "default" else "")
        Console(highlight=False, markup=False).print(table)
        return
    if title:
        click.echo(title)
    shown = [list(columns), *lines] if headed else lines
    widths = [max((min(len(line[place]), _WIDEST) for line in shown), default=0) for place in range(len(columns))]
    for line in shown:
        padded = [f"{text:{'>' if columns[n] in right else '<'}{widths[n]}}" for n, text in enumerate(line)]
        click.echo(f"  {'  '.join(padded)}".rstrip())
    click.echo()


def _counted(steps: int | None) -> str:
    return "" if steps is None else f"{steps:,}"


def _plainly(value: Any, cell: dict[str, Any]) -> str:
    """A value in a cell of a table: text without its quotes, and of what is a table itself what it is called."""
    if isinstance(value, dict):
        return _called(value) or cell["cell"]
    if isinstance(value, list) and value and all(isinstance(entry, dict) for entry in value):
        names = [_called(entry) for entry in value]
        return "+".join(names) if all(names) else cell["cell"]
    return value if isinstance(value, str) else "" if value is None else as_toml(value)


def _called(table: dict[str, Any]) -> str:
    """The name of a component, without whose it is; "" of any other table."""
    return str(table.get("name") or table.get("type", "")).rpartition(":")[2]
