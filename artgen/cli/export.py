"""``artgen export``: hand on what a run has learned."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from artgen.export.exported import Dtype
    from artgen.reuse.export import Form


@click.command()
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
@click.option(
    "--format",
    "form",
    type=click.Choice(["folder", "safetensors", "onnx"]),
    default="folder",
    show_default=True,
    help="A folder that `artgen render` takes, bare weights, or a model for other programs.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="PATH", help="Where to; by default the run's name, here."
)
@click.option(
    "--dtype",
    type=click.Choice(["float32", "float16"]),
    default="float32",
    show_default=True,
    help="float16 takes half the space; pictures differ by a level here and there.",
)
@click.option("--credit", default="", metavar="TEXT", help="A line it carries: who made it, how it may be used.")
def export(run: Path, form: Form, out: Path | None, dtype: Dtype, credit: str) -> None:
    """Export the generator of RUN's best checkpoint, for a machine that has neither the job nor the pictures."""
    from artgen.cli.run_folder import check_run
    from artgen.reuse.export import ExportOptions, export_run
    from artgen.runs.progress import open_progress

    check_run(run)
    progress = open_progress()
    progress.say(str(export_run(run, ExportOptions(form, out, dtype, credit), progress)))
