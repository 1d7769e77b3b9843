"""A film in the making: what decides its frames, and where its segments are until it is whole."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artgen.data.headers import told_of
from artgen.outputs.config import PaintedConfig
from artgen.outputs.files import folder_of_shards, is_of, keep_only
from artgen.outputs.films.ffmpeg import encoder_version
from artgen.outputs.films.film import FILES, TIMING
from artgen.runs.checkpoints import sha256_of

if TYPE_CHECKING:
    from artgen.outputs.films.config import FilmConfig
    from artgen.runs.store import Run
    from artgen.shards import Shard

_TOLD_ELSEWHERE = {*PaintedConfig.model_fields, "formats", "seeds", "selection", "sound"}
"""Options that the recipe tells in words of its own, or that decide nothing of how a file looks."""


@dataclass(frozen=True)
class Reel:
    """What is known of a film before its first frame.

    Attributes:
        config: how it is encoded.
        name: of the output in the job.
        run: whose film it is.
        kind: of the output.
        made_by: how the frames are made, as `recipe_of` tells it.
        shard: which of the segments are made here; None for all of them and the film itself.
    """

    config: FilmConfig
    name: str
    run: Run
    kind: str
    made_by: Mapping[str, Any] = field(repr=False)
    shard: Shard | None = None

    @functools.cached_property
    def recipe(self) -> dict[str, Any]:
        """All that decides what the frames are, with the film's own options.

        Raises:
            DataError: its sound cannot be read.
        """
        config = self.config
        options = config.model_dump(mode="json", by_alias=True, exclude_none=True, exclude=_TOLD_ELSEWHERE)
        told = {**self.made_by, "film": {"type": self.kind, **options}, "ffmpeg": encoder_version()}
        if config.sound is None:
            return told
        with told_of(config.sound):
            return {**told, "sound": {"sha256": sha256_of(config.sound)}}

    @functools.cached_property
    def finished(self) -> Path:
        """The folder of the film, where what another recipe left is removed before anything is made."""
        return self.run.artifact_folder(self.name)

    @functools.cached_property
    def folder(self) -> Path:
        """Where segments are made; asking for it the first time makes it ready."""
        identity = {"recipe": self.recipe, "metadata": self.config.metadata}
        if self.shard:
            return folder_of_shards(self.finished, identity)
        keep_only(self.finished, identity, *FILES)
        return self.finished

    @property
    def goes_on(self) -> bool:
        """Whether the folder of the film holds some of this one."""
        return is_of(self.finished, {"recipe": self.recipe, "metadata": self.config.metadata})

    @property
    def timing(self) -> Path:
        """The file of what is measured before the first frame."""
        begun = self.finished / TIMING
        return begun if self.goes_on and begun.is_file() else self.folder / TIMING
