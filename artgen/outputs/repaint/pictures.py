"""A folder of pictures repainted in every style that is asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image

from artgen.data.alpha import colours_and_alpha, over_white
from artgen.data.artwork import Artwork, read_artwork
from artgen.data.headers import fitted, told_of
from artgen.data.scan import printable, scan
from artgen.data.srgb import srgb_profile
from artgen.errors import ArtgenError, DataError, InterruptedRun
from artgen.job.file_names import as_half, distinct_names
from artgen.latents.sampler import to_bytes
from artgen.outputs.metadata import canonical_json, file_details, recipe_of
from artgen.outputs.stills.images import save_png
from artgen.outputs.writing import BackgroundWriter
from artgen.runs.checkpoints import sha256_of

if TYPE_CHECKING:
    from artgen.engine.stylist import Stylist
    from artgen.latents.sampler import Picture
    from artgen.runs.progress import Progress
    from artgen.runs.store import Artifact, Run


def repaint_pictures(
    pictures: Path,
    stylist: Stylist,
    styles: Sequence[int],
    folder: Path,
    run: Run,
    progress: Progress,
    *,
    long_side_px: int = 0,
) -> list[Artifact]:
    """Write ``PICTURE--STYLE.png`` for a picture, or every picture of a folder; those that are there already stay.

    A file is there when it carries the recipe that it would be made by: the weights, the style, the size, and the
    sha256 of the picture. A picture that cannot be read is named and left out.

    Args:
        pictures: the folder, or the picture.
        stylist: paints.
        styles: their numbers.
        folder: of the output.
        run: asked whether to stop.
        progress: told how far it is.
        long_side_px: of the repainted pictures; 0 for their own.

    Raises:
        DataError: there is no picture in the folder that can be read.
        InterruptedRun: the user asked to stop; finished pictures stay.
        ArtgenError: some were too large for the memory, or a file cannot be written.
    """
    alone = pictures.is_file()
    files = [pictures] if alone else [pictures / found.name for found in scan(pictures)[0]]
    folder_of_all = pictures.parent if alone else pictures
    names = distinct_names(as_half(path.relative_to(folder_of_all).with_suffix("").as_posix()) for path in files)
    easel = _Easel(stylist, folder, run, recipe_of(stylist, run, size=long_side_px), long_side_px)
    unreadable, too_large, stopped = 0, 0, False
    task = f"repainting {pictures.name}"
    with BackgroundWriter(waiting=2) as writer:
        for number, (path, name) in enumerate(zip(files, names, strict=True)):
            if stopped := run.interrupted():
                break  # what is painted is still written
            try:
                painted = list(easel.repaint(path, name, styles))
            except DataError as error:
                unreadable += 1
                progress.warn(f"{printable(path.name)} is left out: {error.message}")
            except ArtgenError as error:
                too_large += 1
                progress.warn(f"{printable(path.name)}: {error}")
            else:
                for picture, file, details in painted:
                    writer.submit(partial(save_png, icc_profile=srgb_profile()), picture, file, details)
            progress.update(task, number + 1, len(files))
    progress.finish(task)
    finished = [
        run.record("picture", path, folder.name, style=stylist.styles[style])
        for path, style in easel.finished.items()
        if path.is_file()  # of a picture that was too large in one style, others were not written
    ]
    if stopped:
        raise InterruptedRun("stopped between two pictures", hint="The same command goes on from here.")
    if unreadable == len(files):
        raise DataError("there is no picture here that can be read", where=str(pictures))
    if too_large:
        raise ArtgenError(f"{too_large} of {len(files)} pictures could not be repainted, see above", where=run.name)
    return finished


class _Easel:
    """Where one picture after the other is repainted.

    Attributes:
        finished: every file that there is, or is about to be, and the number of its style.
    """

    def __init__(self, stylist: Stylist, folder: Path, run: Run, recipe: dict[str, Any], long_side_px: int) -> None:
        self.stylist = stylist
        self.folder = folder
        self.run = run
        self.recipe = recipe
        self.long_side_px = long_side_px
        self.finished: dict[Path, int] = {}
        self._manners = distinct_names(map(as_half, stylist.styles))

    def repaint(self, path: Path, name: str, styles: Sequence[int]) -> Iterator[tuple[Picture, Path, dict[str, str]]]:
        """One picture in the styles in which it is not there yet: pixels, file, and what the file carries."""
        artwork: Artwork | None = None
        with told_of(path):
            sha256 = sha256_of(path)
        for style in styles:
            style_name = self.stylist.styles[style]
            file = self.folder / f"{name}--{self._manners[style]}.png"
            recipe = {**self.recipe, "style": style_name, "picture": {"sha256": sha256}}
            if not _carries(file, recipe):
                artwork = artwork or read_artwork(path)
                long_side = self.long_side_px or max(artwork.width, artwork.height)
                size = fitted(artwork.height, artwork.width, long_side)
                painted = repainted(artwork, self.stylist, style, size)
                about = f"Picture repainted in the style {style_name} by {self.run.name}"
                yield painted, file, file_details("full", recipe, about)
            self.finished[file] = style


def repainted(artwork: Artwork, stylist: Stylist, style: int, size: tuple[int, int]) -> Picture:
    """A picture in a style and a size, (H, W, 3 or 4) bytes; what was transparent stays so.

    Args:
        style: its number.
        size: height and width.

    Raises:
        ArtgenError: it is too large for the memory.
    """
    height, width = size
    colours, alpha = colours_and_alpha(artwork.at(width, height))
    seen = over_white(colours, alpha)  # as the network was taught
    painted: Picture = to_bytes(stylist.repaint(seen, style))[0].cpu().numpy()
    if alpha is None:
        return painted
    opacity = (alpha[0, 0] * 255).round().to(torch.uint8).numpy()
    return np.dstack((painted, opacity))


def _carries(file: Path, recipe: dict[str, Any]) -> bool:
    """Whether a PNG is there that says it was made by a recipe."""
    with contextlib.suppress(OSError), Image.open(file) as image:
        return bool(image.info.get("artgen") == canonical_json(recipe))
    return False
