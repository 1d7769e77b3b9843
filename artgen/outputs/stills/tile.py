"""Textures without a seam: tiles, and each of them repeated."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from artgen.errors import ArtgenError
from artgen.latents.seeds import parse_seeds
from artgen.outputs.fitting import EDGES, TEXTURES
from artgen.outputs.metadata import canonical_json
from artgen.outputs.seeded import Seeded
from artgen.outputs.source import works_of
from artgen.outputs.stills.circular import circular
from artgen.outputs.stills.images import eight_bits, refuse_shared_names, save_png, write_pictures
from artgen.outputs.works import Pixels, Work, Works

if TYPE_CHECKING:
    from artgen.latents.sampler import Sampler
    from artgen.outputs.source import Source
    from artgen.outputs.stills.config import TileConfig
    from artgen.runs.store import Artifact, Run


class Tile:
    """Writes ``seed-000007.png``, a tile, and ``seed-000007-3x3.png``, which shows that it has no seam.

    Args:
        config: which seeds, how often repeated.
        name: of the output in the job.
    """

    def __init__(self, config: TileConfig, name: str) -> None:
        self.config = config
        self.name = name

    def write(self, source: Source, run: Run) -> list[Artifact]:
        """Make what is missing.

        Raises:
            InterruptedRun: the user asked to stop; finished tiles stay.
            ArtgenError: the pictures of this run cannot be made to tile, or there is no such class.
        """
        works, folder = self._works(source, run), run.artifact_folder(self.name)
        if self.config.repeat > 1:
            refuse_shared_names(works, lambda path: [self._repeated(path)], f"outputs.{self.name}")
        write = partial(self._write, icc=works.icc)
        files = write_pictures(works, folder, self.config.metadata, run, write, form={"repeat": self.config.repeat})
        artifacts = []
        for work, path in files:
            artifacts.append(run.record("picture", path, self.name, **work.details))
            if self.config.repeat > 1:
                artifacts.append(run.record("sheet", self._repeated(path), self.name, **work.details))
        return artifacts

    def _works(self, source: Source, run: Run) -> Works:
        if not isinstance(source, Works):
            return Tiles(source, parse_seeds(self.config.seeds), self.config, self.name, run)
        if not run.lock["generator"].get("wrap"):
            raise ArtgenError(EDGES, where=f"outputs.{self.name}", hint=TEXTURES)
        return works_of(source, [], self.config, self.name, run)

    def _write(self, pixels: Pixels, path: Path, details: Mapping[str, str], *, icc: bytes) -> None:
        """The tile is written last: where it is there, so is the other."""
        tile, times = eight_bits(pixels), self.config.repeat
        if times > 1:
            told = {**json.loads(details.get("artgen", "{}")), "repeat": times}
            carried = {**details, "artgen": canonical_json(told)} if details else details
            save_png(np.tile(tile, (times, times, 1)), self._repeated(path), carried, icc_profile=icc)
        save_png(tile, path, details, icc_profile=icc)

    def _repeated(self, path: Path) -> Path:
        return path.with_stem(f"{path.stem}-{self.config.repeat}x{self.config.repeat}")


class Tiles(Seeded):
    """Pictures of seeds, painted on a torus."""

    def __init__(self, source: Sampler, seeds: list[int], config: TileConfig, output: str, run: Run) -> None:
        super().__init__(source, seeds, config, output, run)
        self.recipe = {**self.recipe, "padding": "circular"}
        self.about = f"{self.about}, without a seam"

    def pixels(self, works: Iterable[Work]) -> Iterator[Pixels]:
        """Paint some of the works."""
        with circular(self._source.generator, self._source.shape):
            yield from super().pixels(works)
