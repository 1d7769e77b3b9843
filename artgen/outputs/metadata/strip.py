"""Taking out of a file what only tells of the picture, without touching its pixels."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from artgen.data.headers import told_of
from artgen.errors import DataError
from artgen.outputs.containers import ContainerError, Piece, take_apart
from artgen.outputs.metadata.carried import FILMS
from artgen.runs.files import whole_file
from artgen.terminal import harmless


def strip(path: Path) -> Sequence[Piece]:
    """Take all metadata out of a picture; a file that carries none is left alone.

    Colours, the profile, the size in print and the way the picture must be turned stay, as they decide how it looks.

    Returns:
        What was taken out.

    Raises:
        DataError: it is of a format, or built in a way, that cannot be taken apart without loss; it is as it was.
        ArtgenError: it cannot be written.
    """
    with told_of(path):
        file = path.resolve()  # a link stays a link
        data = file.read_bytes()
    try:
        _, apart = take_apart(data)
    except ContainerError as error:
        films = "Of a film: ffmpeg -i FILM -map_metadata -1 -c copy CLEAN.mp4"
        hint = films if path.suffix.lower() in FILMS else ""
        raise DataError(f"left as it is: {error}", where=harmless(str(path)), hint=hint) from error
    if apart.pieces:
        with whole_file(file) as part:
            part.write_bytes(apart.rest)
            shutil.copymode(file, part)
    return apart.pieces
