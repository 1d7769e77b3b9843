"""Pictures made again, and runs with pictures to make again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from artgen.outputs.metadata.carried import read_carried
from artgen.reuse.remake import Places, remake
from artgen.runs.progress import QuietProgress
from tests.run.conftest import Desk


class Told(QuietProgress):
    """Keeps what is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)

    def warn(self, text: str) -> None:
        self.lines.append(text)


def again(picture: Path, runs: Path | None = None, inputs: Path | None = None, out: Path | None = None) -> Any:
    """How far a picture made again differs, and what was said of it."""
    told = Told()
    places = Places([runs] if runs else [], [inputs] if inputs else [])
    return remake(picture, places, out, told), "\n".join(told.lines)


def with_recipe(source: Path, path: Path, **changes: Any) -> Path:
    """A copy of a picture whose recipe says something else."""
    info = PngInfo()
    info.add_text("artgen", json.dumps({**(read_carried(source).recipe or {}), **changes}))
    with Image.open(source) as image:
        image.save(path, pnginfo=info)
    return path


def made(folder: Path, job: str, pictures: Path, *words: str) -> Desk:
    """A run of a job, with photographs and a painting beside it."""
    for name in ("photos", "paintings"):
        (folder / name).mkdir()
    for name in ("astronaut.jpg", "coffee.jpg", "fox.webp", "pizza.webp"):
        shutil.copyfile(pictures / name, folder / "photos" / name)
    shutil.copyfile(pictures / "church-at-auvers.png", folder / "paintings" / "church-at-auvers.png")
    (folder / "job.toml").write_text(job, encoding="utf-8")
    desk = Desk(folder)
    desk.artgen("run", "job.toml", *words)
    return desk
