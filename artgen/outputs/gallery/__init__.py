"""The page of a run: pictures to choose from, films, the course of the training, the job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from artgen.latents.seeds import AUTO, parse_seeds
from artgen.outputs.classes import asked_label, told_class
from artgen.outputs.gallery.page import PagePicture, write_page
from artgen.outputs.images import as_image, write_pictures
from artgen.outputs.metadata import alt_text, recipe_of
from artgen.runs.files import whole_file

if TYPE_CHECKING:
    from pathlib import Path

    from artgen.latents.sampler import Picture, Sampler
    from artgen.outputs.config import GalleryConfig
    from artgen.runs.store import Artifact, Run

_TILE_PX = 256
_VIEW_PX = 640


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

    def write(self, source: Sampler, run: Run) -> list[Artifact]:
        """Paint what is missing and write the page.

        Raises:
            InterruptedRun: the user asked to stop; finished pictures stay.
            ArtgenError: there is no such class, or a file cannot be written.
        """
        config = self.config
        label = asked_label(config, self.name, source)
        seeds = range(config.count) if config.seeds == AUTO else parse_seeds(config.seeds)
        folder = run.artifact_folder(self.name)
        for part in ("tiles", "views"):
            (folder / part).mkdir(exist_ok=True)
        files = write_pictures(seeds, folder, config, source, run, label=label, also=write_smaller)
        written, pictures = [], []
        width, height = source.shape.width, source.shape.height
        for seed, path in files.items():
            of_class = told_class(source, source.label_of(seed, label))
            written.append(run.record("picture", path, self.name, seed=seed, **of_class))
            alt = alt_text(run, seed, of_class.get("class", ""))
            pictures.append(PagePicture(seed, alt, path, *smaller_of(path), width, height))
        recipe = recipe_of(source, run, truncation=config.truncation, **told_class(source, label))
        page = write_page(run, config.title or run.name, pictures, recipe)
        return [*written, run.record("page", page, self.name, pictures=len(pictures))]


def smaller_of(path: Path) -> tuple[Path, Path]:
    """The tile and the larger view that belong to a picture."""
    name = f"{path.stem}.webp"
    return path.parent / "tiles" / name, path.parent / "views" / name


def write_smaller(picture: Picture, path: Path) -> None:
    """Write the tile and the larger view of a picture, both WebP.

    Small pictures are enlarged here by Lanczos: browsers enlarge by a blur.
    """
    image = as_image(picture)
    tile, view = smaller_of(path)
    for file, side, quality in ((tile, _TILE_PX, 86), (view, _VIEW_PX, 90)):
        factor = side / max(image.size)
        size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
        with whole_file(file) as part:
            image.resize(size, Image.Resampling.LANCZOS).save(part, "WEBP", quality=quality, method=2)
