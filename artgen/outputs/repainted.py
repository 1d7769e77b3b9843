"""Works that a stylizer paints: photographs that it was taught on, in every style."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from artgen.data.artwork import read_artwork
from artgen.data.headers import fitted
from artgen.data.scan import scan
from artgen.data.srgb import srgb_profile
from artgen.errors import DataError
from artgen.job.file_names import as_half, distinct_names
from artgen.job.styles import styles_of
from artgen.outputs.metadata import recipe_of
from artgen.outputs.repaint.pictures import repainted
from artgen.outputs.works import Original, Pixels, Work, Works, anchor_of

if TYPE_CHECKING:
    from artgen.engine.stylist import Stylist
    from artgen.runs.store import Run

MOST_PHOTOGRAPHS = 12
LONGEST_SIDE_PX = 1024


@dataclass(frozen=True)
class Photograph:
    """A picture to repaint, as it will be painted.

    Attributes:
        name: of the file in its folder, without the ending.
        sha256: of the file.
        channels: 3, or 4 where something shows through.
    """

    path: Path
    name: str
    sha256: str
    width: int
    height: int
    channels: int


class Repainted(Works):
    """Every photograph in every style, painted when it is wanted.

    Args:
        stylist: paints.
        photographs: in their order.
        styles: those of the stylist, with the pictures of them that are still there.
        run: whose stylizer it is.
    """

    numbered: ClassVar[bool] = False
    depth: ClassVar[Literal[8, 16]] = 8

    def __init__(
        self, stylist: Stylist, photographs: Sequence[Photograph], styles: Sequence[Original], run: Run
    ) -> None:
        self._stylist = stylist
        subjects = distinct_names(as_half(photograph.name) for photograph in photographs)
        manners = distinct_names(as_half(style.name) for style in styles)
        self._made_of = {
            _work(photograph, (subject, manner), style, run): (photograph.path, number)
            for photograph, subject in zip(photographs, subjects, strict=True)
            for number, (style, manner) in enumerate(zip(styles, manners, strict=True))
        }
        self.works = list(self._made_of)
        # without the shape of what it was taught on: every picture has its own
        self.recipe = {key: told for key, told in recipe_of(stylist, run).items() if key != "shape"}
        self.icc = srgb_profile()
        self.identity = {one.name: one.sha256 for one in photographs}
        self.about = f"{len(self.works)} repainted pictures from {run.name}"
        self.told = {}

    def pixels(self, works: Iterable[Work]) -> Iterator[Pixels]:
        """Paint some of the works; a photograph is read once for styles that follow one another."""
        read = lru_cache(1)(read_artwork)
        for work in works:
            path, style = self._made_of[work]
            yield repainted(read(path), self._stylist, style, (work.height, work.width))


def open_repainted(run: Run, stylist: Stylist) -> Repainted:
    """The first photographs of the job's folder, by name, in every style; what cannot be read is left out.

    Raises:
        DataError: no photograph is there any more.
    """
    folder = run.job.data.folder if run.job.data else Path()
    photographs = list(islice(_photographs(folder), MOST_PHOTOGRAPHS)) if folder.is_dir() else []
    if not photographs:
        hint = "Put photographs there, or name a folder of them: --pictures FOLDER"
        raise DataError("there is no picture here that can be read", where=str(folder), hint=hint)
    known = {style.name: style.files.values() for style in styles_of(run.job.losses)}
    styles = [
        Original(name, tuple(dict.fromkeys(file for files in known.get(name, ()) for file in files)))
        for name in stylist.styles
    ]
    return Repainted(stylist, photographs, styles, run)


def _photographs(folder: Path) -> Iterator[Photograph]:
    """Those that can be read, decoded one at a time: only then is it known."""
    for found in scan(folder)[0]:
        path = folder / found.name
        try:
            art = read_artwork(path)
        except DataError:
            continue  # named when the training began
        height, width = fitted(art.height, art.width, min(LONGEST_SIDE_PX, max(art.width, art.height)))
        name = Path(found.name).with_suffix("").as_posix()
        yield Photograph(path, name, art.sha256, width, height, art.pixels.shape[2])


def _work(photograph: Photograph, label: tuple[str, str], style: Original, run: Run) -> Work:
    told = {"content": photograph.name, "style": style.name}
    stem = "--".join(label)
    return Work(
        stem=stem,
        anchor=anchor_of(stem),
        name=" · ".join(label),
        label=label,
        alt=f"{photograph.name} repainted like {style.name}, from {run.name}",
        width=photograph.width,
        height=photograph.height,
        channels=photograph.channels,
        details={**told, "width": photograph.width, "height": photograph.height},
        recipe={
            "style": style.name,
            "size": [photograph.width, photograph.height],
            "picture": {"sha256": photograph.sha256},
        },
        content=Original(photograph.name, (photograph.path,)),
        style=style,
    )
