"""``artgen render``: more outputs from a run, without training."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command()
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
@click.option("--output", "kind", default="images", show_default=True, metavar="TYPE", help="Which kind of output.")
@click.option("--seeds", metavar="SEEDS", help='Such as "7" or "0-63" or "1,2,5-10".')
@click.option("--truncation", type=float, metavar="PSI", help="1 for full variety, toward 0 for typical pictures.")
@click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="Any other option of the output.")
@click.option("--name", default="render", show_default=True, help="Goes to artifacts/NAME.")
@click.option("--device", metavar="DEVICE", help="auto, cpu, mps, cuda or cuda:N.")
@click.option("--json", "style", flag_value="json", help="Tell progress as JSON lines.")
@click.option("--quiet", "style", flag_value="quiet", help="Tell problems only.")
def render(
    run: Path,
    kind: str,
    seeds: str | None,
    truncation: float | None,
    sets: tuple[str, ...],
    name: str,
    device: str | None,
    style: str | None,
) -> None:
    """Make more pictures, sheets or films from the best checkpoint of RUN, a run folder."""
    from artgen.errors import ArtgenError
    from artgen.launch.render import render_more
    from artgen.runs.progress import open_progress
    from artgen.runs.store import LOCK_NAME

    if not (run / LOCK_NAME).is_file():
        raise ArtgenError("no run here", where=str(run), hint="name a folder below runs/, such as runs/emoji-faces")
    options = [f"outputs=[{{type={json.dumps(kind)}, name={json.dumps(name)}}}]"]
    if seeds is not None:
        options.append(f"outputs.{name}.seeds={json.dumps(seeds)}")
    if truncation is not None:
        options.append(f"outputs.{name}.truncation={truncation}")
    options += [f"outputs.{name}.{one}" for one in sets]
    progress = open_progress(style or "auto")  # type: ignore[arg-type]
    for path in render_more(run, options, progress, device=device):
        progress.say(str(path))
