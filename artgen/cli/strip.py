"""``artgen strip``: take out of pictures what they carry, their pixels untouched."""

from __future__ import annotations

from pathlib import Path

import click

from artgen.terminal import harmless


@click.command()
@click.argument("pictures", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PICTURE…")
def strip(pictures: tuple[Path, ...]) -> None:
    """Take all metadata out of PNG, JPEG, WebP, AVIF and TIFF files, without encoding them again.

    Colour profiles stay, and how a picture is turned. What cannot be done without loss is refused.
    """
    from artgen.errors import ArtgenError, DataError
    from artgen.outputs.metadata.strip import strip as strip_file

    failed = 0
    for path in pictures:
        try:
            pieces = strip_file(path)
        except ArtgenError as error:
            if len(pictures) == 1:
                raise
            click.echo(str(error), err=True)
            failed += 1
            continue
        names = ", ".join(dict.fromkeys(harmless(piece.name) for piece in pieces))
        click.echo(f"{harmless(str(path))}: {f'took out {names}' if names else 'carries nothing'}")
    if failed:
        raise DataError(f"{failed} of {len(pictures)} pictures are as they were, see above")
