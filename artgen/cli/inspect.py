"""``artgen inspect``: look through a folder of pictures for trouble."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from artgen.data.inspect import Report

SHOWN = 10
"""So many names of a kind are listed; ``--json`` has them all."""

Section = tuple[str, Sequence[tuple[str, str]]]
"""A title, and lines of a label and a text."""


def _sides(_ctx: click.Context, _param: click.Parameter, text: str) -> int | list[int]:
    """The sides in ``64`` or ``96x64``; whether they are possible is for the job's own rule to say."""
    match = re.fullmatch(r"(\d+)(?:[x×](\d+))?", text)
    if not match:
        raise click.BadParameter(f"'{text}' is no size; write 64, or 96x64 for width and height")
    width, height = match.groups()
    return [int(width), int(height)] if height else int(width)


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--size", callback=_sides, default="64", show_default=True, metavar="64|96x64", help="The size to train at."
)
@click.option(
    "--fit",
    type=click.Choice(["cover", "contain", "stretch"]),
    default="cover",
    show_default=True,
    help="How pictures of other proportions are made to fit.",
)
@click.option("--json", "as_json", is_flag=True, help="Tell everything as JSON.")
def inspect(folder: Path, size: int | list[int], fit: str, as_json: bool) -> None:
    """Look through a folder of pictures before training on it.

    Names what cannot be read, what is smaller than wanted, what is there twice, and what a crop would lose.
    """
    import json
    import sys

    from pydantic import ValidationError

    from artgen.data.config import DataConfig
    from artgen.data.decode import Recipe
    from artgen.data.inspect import inspect_folder

    try:
        config = DataConfig.model_validate({"folder": folder, "size": size, "fit": fit})
    except ValidationError as error:
        reasons = [str(one["ctx"]["error"]) for one in error.errors() if "error" in one.get("ctx", {})]
        raise click.BadParameter(reasons[0], param_hint="--size") from error
    with _progress(quiet=as_json) as progress:
        report = inspect_folder(folder, Recipe.of(config), progress=progress)
    if as_json:
        click.echo(json.dumps(report.as_json(), indent=2))
    elif sys.stdout.isatty():
        _print_tables(list(sections(report)))
    else:
        for title, lines in sections(report):
            wide = max((len(label) for label, _ in lines), default=0)
            click.echo(f"{title}\n" + "".join(f"  {label:<{wide}}  {text}".rstrip() + "\n" for label, text in lines))


def sections(report: Report) -> Iterator[Section]:
    """What the report says, in the order in which it matters."""
    from artgen.data.duplicates import FARTHEST

    count = len(report.pictures)
    width, height = report.recipe.width, report.recipe.height
    yield f"Pictures in {report.folder}: {count}", [("formats", _counts(report.kinds()))]
    if report.unreadable:
        lines = [(one.name, one.reason) for one in report.unreadable]
        yield f"Cannot be read: {len(lines)}", _shortened(lines)
    if report.tiny:
        lines = [(p.name, f"{p.facts.width}×{p.facts.height}") for p in report.tiny]
        yield f"Smaller than {width}×{height}, would be enlarged: {len(lines)}", _shortened(lines)
    if report.same:
        lines = [(group[0], "= " + ", ".join(group[1:])) for group in report.same]
        yield f"Exact duplicates: {sum(map(len, report.same)) - len(lines)}", _shortened(lines)
    if report.near:
        lines = [
            (group[0][0], "≈ " + ", ".join(f"{name} ({distance:.3f})" for name, distance in group[1:]))
            for group in report.near
        ]
        extra = sum(map(len, report.near)) - len(lines)
        yield f"Near duplicates, at a distance of at most {FARTHEST}: {extra}", _shortened(lines)
    if classes := report.classes():
        lines = [(name or "(in none)", f"{count:>6}") for name, count in classes.items()]
        yield f"Sub-folders, the classes of [data] classes = true: {sum(map(bool, classes))}", _shortened(lines)
    yield "Short sides in pixels", _bars(report.short_sides())
    yield "Width : height", _bars(report.aspects())
    yield "Colours", [("modes", _counts(report.modes())), *_traits(report)]
    if report.recipe.fit == "cover":
        worst = [(name, f"loses {lost:.0%}") for name, lost in report.worst_crops()]
        yield f"Cropping to {width}×{height} loses {report.mean_lost():.1%} of a picture on average", worst
    suggestion = report.suggestion()
    yield (
        _suggests(suggestion["size"]),
        [("[data]", ""), *((key, f"= {_toml(value)}") for key, value in suggestion.items())],
    )


def _suggests(size: int | list[int]) -> str:
    """Of pictures larger than what preset:auto takes on a processor, says so."""
    from artgen.job.auto.choose import LARGEST_SIDE_PX

    of_processor = LARGEST_SIDE_PX["cpu"]
    if min([size] if isinstance(size, int) else size) <= of_processor:
        return "Suggestion"
    return f"Suggestion for a GPU (on a processor a size of {of_processor} learns in minutes, and this one in hours)"


def _traits(report: Report) -> list[tuple[str, str]]:
    words = {
        "transparent": "with transparency",
        "profile": "with a colour profile",
        "deep": "more than 8 bits",
        "turned": "turned by EXIF",
        "animated": "animated, first frame",
    }
    return [(words[trait], str(count)) for trait, count in report.traits().items() if count]


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _bars(counts: dict[str, int]) -> list[tuple[str, str]]:
    most = max(counts.values())
    return [(name, f"{count:>6}  {'█' * max(1, round(30 * count / most))}") for name, count in counts.items()]


def _shortened(lines: list[tuple[str, str]]) -> list[tuple[str, str]]:
    rest = len(lines) - SHOWN
    return lines if rest <= 0 else [*lines[:SHOWN], ("…", f"and {rest} more; --json lists all")]


def _toml(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """A bar on a terminal, nothing elsewhere."""
    import sys

    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("looking at pictures", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _print_tables(all_sections: Sequence[Section]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    for title, lines in all_sections:
        table = Table.grid(padding=(0, 2))
        for label, text in lines:
            table.add_row(Text(label, style="cyan"), Text(text))
        console.print(Text(f"\n{title}", style="bold"))
        if lines:
            console.print(table)
