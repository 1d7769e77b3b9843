"""The repository's own page over the jobs of its gallery, built from what the repository ships: nothing is trained.

python gallery/site/build.py site
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup
from readme import Readme, read_readme

from artgen.outputs.gallery.document import BASE_STYLE, render_page
from artgen.outputs.gallery.settings import toml_markup
from artgen.runs.files import whole_file, write_text

_HERE = Path(__file__).parent
_REPOSITORY = _HERE.parents[1]
_COPY = BASE_STYLE.parent / "script" / "copy.js"
"""How the page of a run copies, also where the page was opened from a disk."""


@dataclass(frozen=True)
class Shown:
    """A picture of the page and its size in pixels."""

    path: Path
    width: int
    height: int


@dataclass(frozen=True)
class Job:
    """A job of the gallery.

    Attributes:
        name: of its folder.
        sheet: None while nobody has run it.
        film: moves; None where it has none.
        still: the first picture of the film.
        job: the job file, marked for the style.
    """

    name: str
    readme: Readme
    sheet: Shown | None
    film: Shown | None
    still: Shown | None
    job: Markup


def build(out: Path) -> Path:
    """Write the page and the pictures beside it.

    Args:
        out: the folder; made if it is not there.

    Returns:
        The page.
    """
    out.mkdir(parents=True, exist_ok=True)
    jobs = [_job(file.parent, out) for file in sorted(_HERE.parent.glob("*/job.toml"))]
    page = out / "index.html"
    text = render_page(
        _HERE / "site.html",
        out,
        styles=[BASE_STYLE, _HERE / "site.css"],
        scripts=[_COPY, _HERE / "site.js"],
        data={},
        about=read_readme(_REPOSITORY / "README.md"),
        jobs=jobs,
    )
    write_text(page, text)
    return page


def _job(folder: Path, out: Path) -> Job:
    place = out / folder.name
    place.mkdir(exist_ok=True)
    sheet, film = folder / "sheet.webp", folder / "film.webp"
    moves = film.is_file()
    return Job(
        name=folder.name,
        readme=read_readme(folder / "README.md"),
        sheet=_copied(sheet, place) if sheet.is_file() else None,
        film=_copied(film, place) if moves else None,
        still=_first_picture(film, place / "film-still.webp") if moves else None,
        job=toml_markup((folder / "job.toml").read_text(encoding="utf-8").strip()),
    )


def _copied(file: Path, place: Path) -> Shown:
    from PIL import Image

    with whole_file(place / file.name) as part:
        shutil.copyfile(file, part)
    with Image.open(file) as image:
        return Shown(place / file.name, *image.size)


def _first_picture(film: Path, path: Path) -> Shown:
    from PIL import Image

    with Image.open(film) as image, whole_file(path) as part:
        image.convert("RGB").save(part, "WEBP", quality=90)
        return Shown(path, *image.size)


if __name__ == "__main__":
    print(build(Path(sys.argv[1])))
