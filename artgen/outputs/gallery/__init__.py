"""The page of a run: pictures to choose from, films, the course of the training, the job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from artgen.latents.seeds import AUTO, parse_seeds
from artgen.outputs.gallery.page import PagePicture, write_page
from artgen.outputs.source import works_of
from artgen.outputs.stills.images import as_image, save_png, write_pictures
from artgen.runs.files import whole_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from artgen.outputs.config import GalleryConfig
    from artgen.outputs.source import Source
    from artgen.outputs.works import Pixels, Works
    from artgen.runs.store import Artifact, Run

_TILE_PX, _VIEW_PX = 256, 640
_WORKS_TILE_PX, _WORKS_VIEW_PX = 720, 1600


class Gallery:
    """Writes the pictures under ``artifacts/NAME/`` and ``index.html`` at the root of the run folder.

    It shows the films and sheets that are there already, so it is made after the other outputs.

    Args:
        config: which pictures, the heading.
        name: of the output in the job.
    """

    def __init__(self, config: GalleryConfig, name: str) -> None:
        self.config = config
        self.name = name

    def write(self, source: Source, run: Run) -> list[Artifact]:
        """Make the pictures that are missing and write the page.

        Raises:
            InterruptedRun: the user asked to stop; finished pictures stay.
            ArtgenError: there is no such class, or a file cannot be written.
        """
        config = self.config
        seeds = range(config.count) if config.seeds == AUTO else parse_seeds(config.seeds)
        works = works_of(source, seeds, config, self.name, run)
        folder = run.artifact_folder(self.name)
        for part in ("tiles", "views"):
            (folder / part).mkdir(exist_ok=True)

        def write(pixels: Pixels, path: Path, details: Mapping[str, str]) -> None:
            _write_smaller(pixels, path, works)  # before the PNG, which says that all is there
            save_png(pixels, path, details, **({"icc_profile": works.icc} if works.icc else {}))

        files = write_pictures(works, folder, config.metadata, run, write)
        written = [run.record("picture", path, self.name, **work.details) for work, path in files]
        pictures = [PagePicture(work, path, *_smaller_of(path)) for work, path in files]
        page = write_page(run, config.title or run.name, pictures, works)
        return [*written, run.record("page", page, self.name, pictures=len(pictures))]


def _smaller_of(path: Path) -> tuple[Path, Path]:
    """The tile and the larger view that belong to a picture."""
    name = f"{path.stem}.webp"
    return path.parent / "tiles" / name, path.parent / "views" / name


def _write_smaller(picture: Pixels, path: Path, works: Works) -> None:
    """Write the tile and the larger view of a picture, both WebP.

    Small pictures are enlarged here by Lanczos: browsers enlarge by a blur. Of pictures that are looked at one by one
    every stroke is wanted, so they keep more pixels.
    """
    image = as_image(picture)
    tile, view = _smaller_of(path)
    tile_px, view_px = _TILE_PX, _VIEW_PX
    if not works.numbered:
        own = max(image.size)
        tile_px, view_px = min(own, _WORKS_TILE_PX), min(max(own, _VIEW_PX), _WORKS_VIEW_PX)
    for file, side, quality in ((tile, tile_px, 86), (view, view_px, 90)):
        factor = side / max(image.size)
        size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
        with whole_file(file) as part:
            image.resize(size, Image.Resampling.LANCZOS).save(part, "WEBP", quality=quality, method=2)
