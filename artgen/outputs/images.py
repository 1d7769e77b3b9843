"""One PNG per seed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from artgen.errors import InterruptedRun
from artgen.latents.seeds import parse_seeds
from artgen.outputs.classes import asked_label, told_class
from artgen.outputs.files import keep_only
from artgen.outputs.metadata import alt_text, file_details, png_text, recipe_of
from artgen.outputs.writing import BackgroundWriter
from artgen.runs.files import whole_file

if TYPE_CHECKING:
    from artgen.latents.sampler import Picture, Sampler
    from artgen.outputs.config import ImagesConfig, PaintedConfig
    from artgen.runs.store import Artifact, Run

_MOST_THREADS = 4


class Images:
    """Writes ``seed-000007.png`` for every seed; those that are there already stay.

    Args:
        config: which seeds, how truncated.
        name: of the output in the job.
    """

    def __init__(self, config: ImagesConfig, name: str) -> None:
        self.config = config
        self.name = name

    def write(self, source: Sampler, run: Run) -> list[Artifact]:
        """Paint what is missing.

        Raises:
            InterruptedRun: the user asked to stop; finished pictures stay.
            ArtgenError: there is no such class, or a file cannot be written.
        """
        label = asked_label(self.config, self.name, source)
        folder = run.artifact_folder(self.name)
        written = write_pictures(parse_seeds(self.config.seeds), folder, self.config, source, run, label=label)
        return [
            run.record("picture", path, self.name, seed=seed, **told_class(source, source.label_of(seed, label)))
            for seed, path in written.items()
        ]


def write_pictures(
    seeds: Iterable[int],
    folder: Path,
    config: PaintedConfig,
    source: Sampler,
    run: Run,
    *,
    label: int | None = None,
    also: Callable[[Picture, Path], None] | None = None,
) -> dict[int, Path]:
    """Paint a PNG for every seed that has none of this recipe yet.

    Args:
        seeds: of the pictures.
        folder: of the output.
        config: truncation and metadata.
        source: paints.
        run: asked whether to stop.
        label: the class of all; None for every seed's own.
        also: writes what goes with a picture; called in a thread, before the PNG is there.

    Returns:
        The file of every seed, in the order of the seeds.

    Raises:
        InterruptedRun: the user asked to stop; finished pictures stay.
        ArtgenError: a file cannot be written.
    """
    recipe = recipe_of(source, run, truncation=config.truncation, **told_class(source, label))
    keep_only(folder, {"recipe": recipe, "metadata": config.metadata}, "seed-*.png")
    files = {seed: folder / f"seed-{seed:06d}.png" for seed in seeds}
    missing = [seed for seed, path in files.items() if not path.exists()]
    stopped = False
    with BackgroundWriter(threads=min(_MOST_THREADS, os.cpu_count() or 1)) as writer:
        for seed, picture in zip(missing, source.at_seeds(missing, config.truncation, label), strict=True):
            if stopped := run.interrupted():
                break  # what is painted is still written
            of_class = told_class(source, source.label_of(seed, label))
            about = alt_text(run, seed, of_class.get("class", ""))
            details = file_details(config.metadata, {**recipe, "seed": seed, **of_class}, about)
            writer.submit(_write_one, picture, files[seed], details, also)
    if stopped:
        raise InterruptedRun("stopped between two pictures", hint="The same command goes on from here.")
    return files


def _write_one(
    picture: Picture, path: Path, details: Mapping[str, str], also: Callable[[Picture, Path], None] | None
) -> None:
    if also:
        also(picture, path)
    save_png(picture, path, details)


def save_png(picture: Picture, path: Path, details: Mapping[str, str], **options: Any) -> None:
    """Write one PNG, whole or not at all.

    Args:
        picture: (H, W, C) with 1, 3 or 4 channels.
        path: of the file.
        details: keyword and text of what it carries.
        options: of Pillow's encoder.

    Raises:
        ArtgenError: the file cannot be written.
    """
    with whole_file(path) as part:
        as_image(picture).save(part, "PNG", pnginfo=png_text(details), **options)


def as_image(picture: Picture) -> Image.Image:
    """A Pillow picture of the bytes: L, RGB or RGBA."""
    return Image.fromarray(picture[:, :, 0] if picture.shape[2] == 1 else picture)
