"""``artgen fid``: FID and KID of a finished run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command()
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
@click.option("--against", type=_FOLDER, metavar="FOLDER", help="Compare with these; by default what it learned from.")
@click.option("--count", type=click.IntRange(2), metavar="N", help="Pictures that are painted.  [10000]")
@click.option("--truncation", type=click.FloatRange(0, 2), metavar="PSI", help="1 for full variety, as papers measure.")
@click.option(
    "--weights", type=_FILE, metavar="FILE", help="Of Inception; by default fetched once, or ARTGEN_FID_WEIGHTS."
)
@click.option("--batch", type=click.IntRange(1), metavar="N", help="Pictures that Inception looks at together.  [32]")
@click.option("--device", metavar="DEVICE", help="auto, cpu, mps, cuda or cuda:N.")
@click.option("--json", "as_json", is_flag=True, help="Tell the figures as JSON.")
def fid(run: Path, device: str | None, as_json: bool, **asked: Any) -> None:
    """Measure FID and KID of RUN, a run folder, with the original Inception."""
    from artgen.cli.run_folder import check_run
    from artgen.reuse.latent import latent_run
    from artgen.runs.progress import open_progress

    check_run(run)
    progress = open_progress("quiet" if as_json else "auto")
    from artgen_fid.config import FidConfig
    from artgen_fid.measure import caution, in_words, measure

    config = FidConfig.model_validate({key: value for key, value in asked.items() if value is not None})
    with latent_run(run, progress, device) as (opened, sampler):
        progress.say(f"{opened.name}: measuring {config.count:,} pictures")
        try:
            figures = measure(sampler, opened, config, progress.update)
        finally:
            for task in ("real pictures", "painted pictures"):
                progress.finish(task)
    click.echo(json.dumps(figures, indent=1) if as_json else f"{opened.name}: {in_words(figures)}")
    if text := caution(figures):
        progress.warn(text)
