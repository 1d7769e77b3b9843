"""The same seeds, or photographs, at one moment of the training, for the page's slider."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from artgen.outputs.stills.images import as_image
from artgen.outputs.stills.paper import good_columns
from artgen.runs.files import whole_file

if TYPE_CHECKING:
    from artgen.latents.sampler import Picture


def write_progress_sheet(path: Path, pictures: Iterable[Picture]) -> None:
    """A plain grid of pictures as WebP, the gaps transparent.

    Args:
        path: of the file, whole or not there.
        pictures: (H, W, C) each, all of one size; at most a few hundred.

    Raises:
        ArtgenError: the file cannot be written.
    """
    images = [as_image(picture) for picture in pictures]
    tile = images[0].size
    columns = min(good_columns(len(images), tile), len(images))
    gap = max(1, min(tile) // 24)
    across, down = tile[0] + gap, tile[1] + gap
    page = Image.new("RGBA", (columns * across - gap, -(-len(images) // columns) * down - gap))
    for index, image in enumerate(images):
        row, column = divmod(index, columns)
        page.paste(image.convert("RGBA"), (column * across, row * down))
    with whole_file(path) as part:
        page.save(part, "WEBP", quality=90, method=4)
