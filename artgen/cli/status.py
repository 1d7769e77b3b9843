"""``artgen status``: who does what in runs, and how far it is."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from artgen.cli.run_folder import without_pages

if TYPE_CHECKING:
    from artgen.runs.tasks.status import TaskStatus

_COLUMNS = ("run", "task", "state", "progress", "left", "worker", "heard of")
_STYLES = {
    "running": "cyan",
    "failed": "red",
    "lost": "red",
    "dropped": "yellow",
    "paused": "yellow",
    "stopped": "yellow",
    "stopping": "yellow",
    "done": "green",
}
_TOLD = ("failed", "dropped")
"""States that have a cause."""
WATCH_EVERY_S = 2.0
_MOST_LINES = 8
_LEAST_OF_A_NAME = 12
_ASIDE = re.compile(r"\.\d+$")


@click.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), callback=without_pages)
@click.option("--watch", is_flag=True, help="Go on looking until nothing runs any more.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON, with --watch one line each time.")
def status(runs: tuple[Path, ...], watch: bool, as_json: bool) -> None:
    """Show every task of RUNS, its state, how far it is, how long it takes, and who does it.

    RUNS are run folders, or folders of run folders. A worker on another machine that is not heard of for a minute is
    shown as lost with --watch; the next `artgen run` takes over from it.
    """
    from artgen.errors import JobError
    from artgen.runs.clean import find_runs
    from artgen.runs.tasks.status import StatusReader

    reader, told = StatusReader(), ""
    with _Screen(watch and not as_json) as screen:
        while True:
            folders = [folder for path in runs for folder in find_runs(path)]
            if not folders:
                raise JobError("no run folder here", where=", ".join(map(str, runs)), hint="name a folder below runs/")
            rows = [row for folder in folders for row in reader.of_run(folder)]
            now = _as_json(rows, watch) if as_json else ""
            if as_json and now != told:
                click.echo(now)
                told = now
            elif not as_json:
                screen.show(rows)
            going = any(row.state in ("running", "stopping") for row in rows)
            if not watch or not (going or any(map(reader.tasks_are_given_out, folders))):
                return
            time.sleep(WATCH_EVERY_S)


def _as_json(rows: Sequence[TaskStatus], watch: bool) -> str:
    return json.dumps([row.plain() for row in rows], indent=None if watch else 1, ensure_ascii=False)


class _Screen:
    """A table: once, or in its place again and again on a terminal, or below each other elsewhere.

    Args:
        again: whether it is shown more than once.
    """

    def __init__(self, again: bool) -> None:
        self._live: Any = None
        self._again = again and sys.stdout.isatty()

    def __enter__(self) -> _Screen:
        if self._again:
            from rich.live import Live

            self._live = Live(auto_refresh=False)
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def show(self, rows: Sequence[TaskStatus]) -> None:
        """Show it as it is now."""
        if self._live:
            self._live.update(_table(rows), refresh=True)
        elif sys.stdout.isatty():
            from rich.console import Console

            Console(highlight=False).print(_table(rows))
        else:
            _print_plain(rows)


def _table(rows: Sequence[TaskStatus]) -> Any:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    longest = max((len(row.run) for row in rows), default=0)
    for column in _COLUMNS:
        table.add_column(
            column,
            justify="right" if column in ("progress", "left") else "left",
            no_wrap=column not in ("run", "worker"),
            overflow="fold",
            min_width=min(longest, _LEAST_OF_A_NAME) if column == "run" else None,
        )
    for row, before in zip(rows, (None, *rows), strict=False):
        cells = _cells(row, before)
        styles = (_STYLES.get(row.state, "") if column == "state" else "" for column in _COLUMNS)
        table.add_row(*(Text(cell, style) for cell, style in zip(cells, styles, strict=True)))
    return Group(table, *(Text(line, "red") for line in _errors(rows)), Text(_summary(rows), "dim"))


def _print_plain(rows: Sequence[TaskStatus]) -> None:
    lines = [_COLUMNS, *(_cells(row, before) for row, before in zip(rows, (None, *rows), strict=False))]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_COLUMNS))]
    for line in lines:
        click.echo("  ".join(f"{cell:{width}}" for cell, width in zip(line, widths, strict=True)).rstrip())
    for text in (*_errors(rows), _summary(rows)):
        click.echo(text)


def _cells(row: TaskStatus, before: TaskStatus | None) -> tuple[str, ...]:
    from artgen.launch.graph import title_of
    from artgen.runs.progress import as_minutes
    from artgen.terminal import harmless

    progress = "" if row.progress is None else f"{100 * row.progress:.0f} %"
    if row.task == "train" and row.what not in ("", "train"):
        progress = f"{row.what} {progress}"  # which is not how far the training is
    left = "" if row.left_s is None else as_minutes(row.left_s)
    name = "" if before and before.run == row.run else row.run
    return (*map(harmless, (name, title_of(row.task), row.state, progress, left, row.worker)), _clock(row.changed))


def _errors(rows: Sequence[TaskStatus]) -> list[str]:
    """What failed and why: its first line with the name, the others below it, as many as anybody reads."""
    from artgen.launch.graph import title_of
    from artgen.terminal import harmless

    told = []
    for row in rows:
        if row.state == "failed" and row.error:
            first, *others = _why(row).splitlines() or [""]
            told.append(harmless(f"{row.run} {title_of(row.task)}: {first}"))
            told += [harmless(f"  {line.strip()}") for line in others[:_MOST_LINES]]
            if len(others) > _MOST_LINES:
                told.append(f"  … and {len(others) - _MOST_LINES} more lines")
    return told


def _why(row: TaskStatus) -> str:
    """Without the name of the run, which is another one by now where the run was set aside as NAME.1."""
    return row.error.removeprefix(f"{row.run}: ").removeprefix(f"{_ASIDE.sub('', row.run)}: ")


def _summary(rows: Sequence[TaskStatus]) -> str:
    from artgen.runs.tasks.status import counted

    return ", ".join(f"{count} {state}" for state, count in counted(list(rows)).items())


def _clock(changed: str) -> str:
    """As the worker's clock told it, the day only where it is another one."""
    try:
        when = datetime.fromisoformat(changed).astimezone()
    except ValueError:
        return ""
    return f"{when:%H:%M:%S}" if when.date() == datetime.now().date() else f"{when:%Y-%m-%d %H:%M}"
