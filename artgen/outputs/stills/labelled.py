"""A sheet of pictures that each have something to say for themselves, such as how to make them."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from artgen.outputs.stills.paper import Layout, Paper, good_columns, text_px, wrapped


def labelled_sheet(tiles: Sequence[tuple[Image.Image, str]], title: str) -> Image.Image:
    """Pictures with their labels under them, as one page.

    Args:
        tiles: at least one picture, each with a label of any length; they are shown as large as they are.
        title: stands on top.

    Returns:
        RGB.
    """
    tile = (max(image.width for image, _ in tiles), max(image.height for image, _ in tiles))
    columns = min(good_columns(len(tiles), tile), len(tiles))
    labels = [wrapped(label, text_px(tile), tile[0]) for _, label in tiles]
    sizes = [image.size for image, _ in tiles]
    paper = Paper(Layout.of(sizes, list(map(len, labels)), columns, titled=True))
    paper.title(title)
    for index, ((image, _), lines) in enumerate(zip(tiles, labels, strict=True)):
        paper.picture(index, image)
        paper.label(index, lines)
    return paper.image
