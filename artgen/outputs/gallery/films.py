"""The films of a run as the page shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from artgen.outputs.gallery.tiles import shape_name

if TYPE_CHECKING:
    from artgen.runs.store import Artifact

_PLAYED = {".mp4": "video/mp4", ".webm": "video/webm"}
"""What a player plays; all other films are moving pictures, which play by themselves."""


@dataclass(frozen=True)
class PageFilm:
    """A film, in one or several formats; what its output did not tell is None.

    Attributes:
        files: what a player takes first.
    """

    output: str
    about: str
    files: Sequence[Path]
    poster: Path | None
    width: int | None
    height: int | None
    seconds: float | None

    @property
    def played(self) -> list[tuple[Path, str]]:
        """The files for a player, and their types."""
        return [(file, _PLAYED[file.suffix]) for file in self.files if file.suffix in _PLAYED]

    @property
    def ratio(self) -> float | None:
        """Width by height."""
        return self.width / self.height if self.width and self.height else None

    @property
    def shape(self) -> str:
        """Names its proportions in the style; "" where nobody knows them."""
        return shape_name(self.ratio) if self.ratio else ""

    @property
    def name(self) -> str:
        """Of the output, with its length."""
        return f"{self.output}, {self.seconds:g} s" if self.seconds else self.output


def films_of(artifacts: Iterable[Artifact]) -> list[PageFilm]:
    """The films among the artifacts, in the order in which they were made."""
    by_output: dict[str, list[Artifact]] = {}
    for artifact in artifacts:
        if artifact.kind == "film":
            by_output.setdefault(artifact.output, []).append(artifact)
    return [_film(output, formats) for output, formats in by_output.items()]


def _film(output: str, formats: Sequence[Artifact]) -> PageFilm:
    formats = sorted(formats, key=lambda artifact: artifact.path.suffix not in _PLAYED)
    told = formats[0].details
    poster = told.get("poster")
    return PageFilm(
        output=output,
        about=told.get("about", f"Film {output}"),
        files=[artifact.path for artifact in formats],
        poster=Path(poster) if poster else None,
        width=told.get("width"),
        height=told.get("height"),
        seconds=told.get("seconds"),
    )
