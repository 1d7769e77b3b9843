"""``artgen blend``: one generator out of two."""

from __future__ import annotations

from pathlib import Path

import click

_FOLDER = click.Path(path_type=Path)


@click.command()
@click.argument("coarse", type=_FOLDER, metavar="RUN_A")
@click.argument("fine", type=_FOLDER, metavar="RUN_B")
@click.option("--at", required=True, metavar="SIZE", help="The last size that is A's: pixels, or a layer's name.")
@click.option("--out", required=True, type=_FOLDER, metavar="RUN", help="The new run folder.")
@click.option(
    "--transition",
    type=click.FloatRange(0),
    default=0.0,
    show_default=True,
    help="Doublings from the one to the other.",
)
@click.option("--device", metavar="DEVICE", help="auto, cpu, mps, cuda or cuda:N.")
def blend(coarse: Path, fine: Path, at: str, out: Path, transition: float, device: str | None) -> None:
    """Make a run with the coarse layers of RUN_A and the fine ones of RUN_B.

    The pictures have the shapes of the one and the surfaces of the other. It works on relatives, such as a run and
    another that started from it ([train] from). `artgen render RUN` paints from the new one.
    """
    from artgen.cli.run_folder import check_run
    from artgen.reuse.blend import blend_runs
    from artgen.runs.progress import open_progress

    for run in (coarse, fine):
        check_run(run)
    progress = open_progress()
    progress.say(str(blend_runs(coarse, fine, out, at, transition, progress, device=device)))
