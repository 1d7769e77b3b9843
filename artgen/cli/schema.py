"""``artgen schema``: the JSON schema of job files."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command()
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write it here, not to stdout.")
def schema(output: Path | None) -> None:
    """Write the JSON schema of job files, with the keys of every plugin that is installed.

    An editor that knows TOML schemas takes it from the first line of a job: #:schema ./artgen.schema.json
    """
    from artgen.job.schema import job_schema
    from artgen.plugins import plugin_manager
    from artgen.runs.files import told_of_disk

    described = job_schema(plugin_manager().registry, lambda why: click.echo(f"left out: {why}", err=True))
    text = json.dumps(described, indent=2, ensure_ascii=False) + "\n"
    if output is None:
        click.echo(text, nl=False)
    else:
        with told_of_disk(output):
            output.parent.mkdir(parents=True, exist_ok=True)
            output.write_text(text, encoding="utf-8")
        click.echo(f"wrote {output}")
