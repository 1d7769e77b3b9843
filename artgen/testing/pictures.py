"""A few tiny real pictures, so that no test has to invent any."""

from __future__ import annotations

import shutil
from pathlib import Path

PICTURES = Path(__file__).with_name("pictures")
"""Eight PNG files of 64 pixels and a little more; three are transparent. Whose they are stands in NOTICE."""


def copy_pictures(folder: Path) -> Path:
    """Put the pictures into a folder of that name, made when it is not there; returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    for picture in sorted(PICTURES.glob("*.png")):
        shutil.copyfile(picture, folder / picture.name)
    return folder
