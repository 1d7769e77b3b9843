"""The page of a run: pictures to choose from, films, the course of the training, the job.

What is chosen on it leaves it as a list, which ``artgen render RUN --selection LIST`` takes::

    {"artgen": "0.1.0", "run": "emoji", "checkpoint": "3f9c…", "pictures": [{"seed": 7}, {"seed": 12, "class": "faces"}]}

``checkpoint`` is the sha256 of the weights that painted the pictures; null where they are canvases or repainted, which
go by names instead: ``{"stem": "castle--church-at-auvers"}``. ``truncation`` stands there where it is not 1. The
pictures are in the order in which they were chosen. The same as plain text has one seed or name a line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from artgen.latents.seeds import AUTO, parse_seeds
from artgen.outputs.gallery.facts import facts_of
from artgen.outputs.gallery.page import write_page
from artgen.outputs.gallery.tiles import SMALL, page_picture, write_small
from artgen.outputs.metadata import file_details
from artgen.outputs.source import works_of
from artgen.outputs.stills.images import as_image, eight_bits, save_png, write_pictures

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from artgen.outputs.config import GalleryConfig, Metadata
    from artgen.outputs.source import Source
    from artgen.outputs.works import Pixels
    from artgen.runs.store import Artifact, Run


class Gallery:
    """Writes the pictures under ``artifacts/NAME/`` and a page at the root of the run folder, see `page_of`.

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
        works = works_of(source, list(dict.fromkeys(seeds)), config, self.name, run)
        folder = run.artifact_folder(self.name)
        for part in ("tiles", "views"):
            (folder / part).mkdir(exist_ok=True)
        by_stem = {work.stem: work for work in works.works}
        small_carry: Metadata = "none" if config.metadata == "none" else "seed"

        def write(pixels: Pixels, path: Path, details: Mapping[str, str]) -> None:
            work = by_stem[path.stem]
            carried = file_details(small_carry, {**works.recipe, **work.recipe}, work.alt)
            picture = eight_bits(pixels)
            # before the PNG, which says that all is there
            write_small(as_image(picture), page_picture(work, path, numbered=works.numbered), carried)
            save_png(picture, path, details, icc_profile=works.icc)

        files = write_pictures(works, folder, config.metadata, run, write, form=SMALL)
        written = [run.record("picture", path, self.name, **work.details) for work, path in files]
        pictures = [page_picture(work, path, numbered=works.numbered) for work, path in files]
        facts = facts_of(pictures, works, folder, run, getattr(source, "device", "cpu"))
        page = write_page(run, config, pictures, facts, works, folder)
        return [*written, run.record("page", page, self.name, pictures=len(pictures))]
