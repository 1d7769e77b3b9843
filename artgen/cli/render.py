"""``artgen render``: more outputs from a run, without training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

    from artgen.reuse.repaint import RepaintOptions
    from artgen.runs.progress import Progress

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("run", type=_FILE, metavar="RUN")
@click.option("--output", "kind", default="images", show_default=True, metavar="TYPE", help="Which kind of output.")
@click.option("--seeds", metavar="SEEDS", help='Such as "7" or "0-63" or "1,2,5-10".')
@click.option("--selection", type=_FILE, metavar="FILE", help="The pictures of a list that the page of the run saved.")
@click.option("--truncation", type=float, metavar="PSI", help="1 for full variety, toward 0 for typical pictures.")
@click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="Any other option of the output.")
@click.option("--pictures", type=_FILE, metavar="FOLDER", help="Repaint these pictures, or one.")
@click.option("--film", type=_FILE, metavar="FILE", help="Repaint a film, its sound kept, with the run's stylizer.")
@click.option("--style", metavar="NAME", help="Only in this style; by default in all that were taught.")
@click.option(
    "--size", type=click.IntRange(min=16), metavar="PX", help="Long side of what is repainted, or painted at any size."
)
@click.option("--smooth", type=click.FloatRange(0, 1), metavar="SHARE", help="Against flicker, 0 for none.  [0.5]")
@click.option(
    "--name", default="render", show_default=True, help="Goes to artifacts/NAME, or NAME-2 where something else is."
)
@click.option("--device", metavar="DEVICE", help="auto, cpu, mps, cuda or cuda:N.")
@click.option("--json", "told", flag_value="json", help="Tell progress as JSON lines.")
@click.option("--quiet", "told", flag_value="quiet", help="Tell problems only.")
@click.pass_context
def render(
    context: click.Context,
    run: Path,
    kind: str,
    seeds: str | None,
    selection: Path | None,
    truncation: float | None,
    sets: tuple[str, ...],
    pictures: Path | None,
    film: Path | None,
    style: str | None,
    size: int | None,
    smooth: float | None,
    name: str,
    device: str | None,
    told: str | None,
) -> None:
    """Make more pictures, sheets or films from the best checkpoint of RUN, a run folder.

    What was made before stays: where artifacts/NAME holds something else, it goes to NAME-2. The paths are printed.
    """
    from artgen.cli.run_folder import check_run
    from artgen.reuse.repaint import SMOOTH, RepaintOptions
    from artgen.runs.progress import open_progress

    _check_that_they_go_together(context)
    check_run(run)
    progress = open_progress(told or "auto")  # type: ignore[arg-type]
    if pictures or film:
        smoothed = SMOOTH if smooth is None else smooth
        options = RepaintOptions(name, style or "", size or 0, smoothed, device)
        written = _repaint(run, pictures, film, options, progress)
    else:
        asked = {"seeds": seeds, "truncation": truncation}
        written = _more(run, (kind, name), selection, asked, sets, progress, device=device, size=size)
    for path in written:
        progress.say(str(path))


def _repaint(
    run: Path, pictures: Path | None, film: Path | None, options: RepaintOptions, progress: Progress
) -> list[Path]:
    from artgen.reuse.repaint import repaint_films, repaint_folder

    written = [repaint_folder(run, pictures, options, progress)] if pictures else []
    return written + (repaint_films(run, film, options, progress) if film else [])


def _more(
    run: Path,
    output: tuple[str, str],
    selection: Path | None,
    asked: Mapping[str, Any],
    sets: tuple[str, ...],
    progress: Progress,
    **painted: Any,
) -> list[Path]:
    """Make an output, of a kind and by a name, of the run's pictures."""
    from artgen.reuse.render import render_more
    from artgen.reuse.selection import options_of, selection_for

    kind, name = output
    chosen = selection_for(selection, run) if selection else None
    options = options_of(chosen, run, kind, progress.warn) if chosen else {}
    options |= {key: value for key, value in asked.items() if value is not None}
    return render_more(run, _as_output(kind, name, options, sets), progress, selection=chosen, **painted)


def _as_output(kind: str, name: str, options: Mapping[str, Any], sets: tuple[str, ...]) -> list[str]:
    """The options as ``--set`` words for the job; what the person sets comes last, and so wins.

    Each goes by what the person typed, so that a complaint names that.
    """
    from artgen.job.text.overrides import OfOption, as_toml

    place = f"outputs.{json.dumps(name)}"
    # Its type is said twice: what is wrong with it is then told of the one option, and with its name of the other.
    entry = [{"type": kind, "name": name}]
    return [
        OfOption(f"outputs={as_toml(entry)}", f"--name {name}"),
        OfOption(f"{place}.type={as_toml(kind)}", f"--output {kind}"),
        *(OfOption(f"{place}.{key}={as_toml(value)}", f"--{key} {_as_typed(value)}") for key, value in options.items()),
        *(OfOption(f"{place}.{one}", f"--set {one}") for one in sets),
    ]


def _as_typed(value: Any) -> str:
    """A value as a person types it: 1 and not 1.0."""
    return f"{value:g}" if isinstance(value, float) else str(value)


_OF_REPAINTING = ("style", "smooth")
_OF_OUTPUTS = ("kind", "seeds", "selection", "truncation", "sets")


def _check_that_they_go_together(context: click.Context) -> None:
    """Refuse options that would be of no effect."""
    repaints = bool(context.params["pictures"] or context.params["film"])
    for name in _OF_OUTPUTS if repaints else _OF_REPAINTING:
        if context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT:
            option = next(one.opts[0] for one in context.command.params if one.name == name)
            other = "does not go with --pictures and --film" if repaints else "goes with --pictures or --film"
            raise click.UsageError(f"{option} {other}")
    if context.params["seeds"] is not None and context.params["selection"]:
        raise click.UsageError("--seeds does not go with --selection, which says which pictures")
    if context.params["smooth"] is not None and not context.params["film"]:
        raise click.UsageError("--smooth goes with --film")
