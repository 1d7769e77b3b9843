"""A film repainted in a style, with its sound, at its own rate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from artgen.latents.sampler import to_bytes
from artgen.outputs.files import is_of, keep_only
from artgen.outputs.films.config import SEGMENT_FRAMES
from artgen.outputs.films.encoding import encode_missing
from artgen.outputs.films.ffmpeg import encoder_version
from artgen.outputs.films.film import FILES, Film
from artgen.outputs.films.form import FilmForm
from artgen.outputs.metadata import file_details, recipe_of
from artgen.outputs.repaint.optical_flow import best_flow
from artgen.outputs.repaint.steady import Steady, as_tensor
from artgen.outputs.stills.images import save_png

if TYPE_CHECKING:
    from artgen.engine.stylist import Stylist
    from artgen.latents.sampler import Picture
    from artgen.outputs.repaint.source_film import SourceFilm
    from artgen.runs.progress import Progress
    from artgen.runs.store import Artifact, Run


@dataclass(frozen=True)
class FilmOrder:
    """A film to repaint, and how.

    Attributes:
        source: the film.
        stylist: paints.
        style: its number.
        smooth: share of the frame before in every frame, 0 to 1, see `Steady`.
        long_side_px: of the repainted film; 0 for the film's own.
    """

    source: SourceFilm
    stylist: Stylist
    style: int
    smooth: float
    long_side_px: int = 0

    def recipe(self, run: Run) -> dict[str, Any]:
        """All that decides what the film holds."""
        source, (width, height) = self.source, self.source.scaled(self.long_side_px)
        name = self.stylist.styles[self.style]
        return {
            **recipe_of(self.stylist, run, style=name, size=[width, height], fps=str(source.fps), smooth=self.smooth),
            "film": {"sha256": source.sha256} | ({"matrix": source.matrix} if source.matrix else {}),
            "flow": best_flow()[0] if self.smooth else "none",
            "ffmpeg": encoder_version(),
        }


def repaint_film(order: FilmOrder, recipe: Mapping[str, Any], folder: Path, run: Run, progress: Progress) -> Artifact:
    """Write ``film.mp4`` and its first frame as ``poster.webp``; what is there of it already stays.

    Args:
        recipe: of the order.
        folder: of this film alone, inside the artifacts of an output.
        run: asked whether to stop.
        progress: told how far it is.

    Raises:
        InterruptedRun: the user asked to stop; whole segments stay.
        DataError: the film is damaged.
        ArtgenError: the memory does not do for a frame, ffmpeg failed, or there is no room.
    """
    source, stylist, style = order.source, order.stylist, order.style
    width, height = source.scaled(order.long_side_px)
    name = stylist.styles[style]
    keep_only(folder, _marked(recipe), *FILES)
    seconds = float(source.frames / source.fps)
    about = f"{seconds:.3g} seconds of film repainted in the style {name} by {run.name}"
    details = {"title": run.name, "comment": file_details("full", recipe, about)["artgen"]}
    form = FilmForm(width, height, fps=source.fps)
    film = Film(folder, form, source.frames, details=details, sound=source.sound)
    painter = _Painter(film, source, stylist, style, Steady(order.smooth, best_flow()[1]), progress)
    try:
        encode_missing(film, painter.frames, run.interrupted, folder.name, film.missing())
    finally:
        painter.close()
    painter.forget()
    film.join()
    return run.record(
        "film",
        film.path("mp4"),
        folder.parent.name,
        poster=film.poster.relative_to(run.folder).as_posix(),
        about=about,
        seconds=seconds,
        fps=float(source.fps),
        frames=source.frames,
        width=form.size[0],
        height=form.size[1],
        loop=False,
        style=name,
    )


def takes_film(folder: Path, recipe: Mapping[str, Any]) -> bool:
    """Whether a folder is free for a film, or holds it, or what is there of it already."""
    return is_of(folder, _marked(recipe)) or not (folder.is_dir() and any(folder.iterdir()))


def _marked(recipe: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"recipe": recipe}


class _Painter:
    """Repaints the frames of one segment after the other.

    The last frame of each is kept beside the segments until the film is whole: the next one is blended with it.
    """

    def __init__(
        self, film: Film, source: SourceFilm, stylist: Stylist, style: int, steady: Steady, progress: Progress
    ) -> None:
        self.film = film
        self.source = source
        self.stylist = stylist
        self.style = style
        self.steady = steady
        self.progress = progress
        self._size = (film.form.width, film.form.height)
        self._reader: Iterator[Picture] = iter(())
        self._next = -1

    def frames(self, segment: range) -> Iterator[Picture]:
        """The repainted frames of a segment."""
        if segment.start != self._next:
            self._go_to(segment.start)
        device = self.stylist.device
        for index, picture in zip(segment, self._reader, strict=False):
            filmed = as_tensor(picture, device)
            painted = self.steady.blended(filmed, self.stylist.repaint(filmed, self.style))
            written: Picture = to_bytes(painted)[0].cpu().numpy()
            self.steady.remember(filmed, as_tensor(written, device))
            if index == 0:
                self.film.write_poster(written)
            yield written
            self.progress.update(self._task, index + 1, self.film.frames)
        self._next = segment.stop
        save_png(written, self._kept(segment.stop), {})
        # the segment before the last one has its name by now: fewer frames wait for the encoder than a segment has
        self._kept(segment.stop - 2 * SEGMENT_FRAMES).unlink(missing_ok=True)

    def close(self) -> None:
        """Stop reading the film."""
        self.progress.finish(self._task)
        del self._reader

    def forget(self) -> None:
        """Remove the frames that were kept."""
        for path in self.film.segments_folder.glob("before-*.png"):
            path.unlink()

    @property
    def _task(self) -> str:
        return f"repainting {self.film.folder.name}"

    def _kept(self, index: int) -> Path:
        """The file of the frame before frame `index`."""
        return self.film.segments_folder / f"before-{index:06d}.png"

    def _go_to(self, start: int) -> None:
        """Read the film anew up to a frame, and remember the one before it."""
        self._reader = islice(self.source.pictures(self._size), max(0, start - 1), None)
        kept = self._kept(start)
        if start:
            before = next(self._reader)
            if kept.is_file():
                with Image.open(kept) as image:
                    written = np.asarray(image)
                device = self.stylist.device
                self.steady.remember(as_tensor(before, device), as_tensor(written, device))
