"""Whether the styles and masks that a job names will do, by their headers alone. Imports neither numpy nor torch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from artgen.data.decode import PictureError, open_picture, plain_reasons, upright_size
from artgen.errors import DataError

STYLE_SHORTEST_PX = 32
"""Short side of the smallest picture of a style: two places of the deepest layer that styles are looked at with."""


@contextmanager
def told_of(path: Path) -> Iterator[None]:
    """Turn what is wrong with a file into a DataError that names it."""
    hint = "Open it in a picture editor and save it again, or name another one."
    try:
        yield
    except PictureError as error:
        raise DataError(f"no picture to work with: {error}", where=str(path), hint=hint) from error
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}", where=str(path)) from error


def picture_size(path: Path) -> tuple[int, int]:
    """Width and height of a picture as it stands upright.

    Raises:
        DataError: the file gives no picture.
    """
    with told_of(path), path.open("rb") as file, plain_reasons():
        return upright_size(open_picture(file))


def may_be_transparent(path: Path) -> bool:
    """Whether a picture has transparency, though it may hide nothing; not where the file gives no picture."""
    try:
        with told_of(path), path.open("rb") as file, plain_reasons():
            return open_picture(file).has_transparency_data
    except DataError:
        return False


def check_style(path: Path) -> None:
    """Refuse a picture that is too small to show a style.

    Raises:
        DataError: it is, or it gives no picture.
    """
    width, height = picture_size(path)
    if min(width, height) < STYLE_SHORTEST_PX:
        raise DataError(
            f"{width}×{height} px is too small for a style: its short side must have {STYLE_SHORTEST_PX} px or more",
            where=str(path),
            hint="Take a larger scan of the same picture; one that is merely enlarged shows no brush strokes.",
        )


def fitted(height: int, width: int, long_side: int) -> tuple[int, int]:
    """Height and width in the same proportions with another long side."""
    factor = long_side / max(height, width)
    return max(1, round(height * factor)), max(1, round(width * factor))


def check_content(path: Path, long_side: int, least_px: int) -> None:
    """Refuse a picture that is so narrow that its canvas is too small for a job's losses.

    Args:
        path: of the picture.
        long_side: of the canvas.
        least_px: side of the cells of the deepest layer that losses look at.

    Raises:
        DataError: it is, or it gives no picture.
    """
    size = picture_size(path)
    width, height = fitted(*size, long_side)
    if min(width, height) < least_px:
        enough = -(-least_px * max(size) // min(size))
        raise DataError(
            f"at size {long_side} its canvas is {width}×{height} px, but the losses need {least_px} px or more",
            where=str(path),
            hint=f"Write size = {enough} or more, or leave out the deepest layers of the losses.",
        )


def check_mask(path: Path, content: str, size: tuple[int, int]) -> None:
    """Refuse a mask that does not lie on its content pixel by pixel.

    Args:
        path: of the mask.
        content: what to call the picture that it is for.
        size: width and height of that picture.

    Raises:
        DataError: the sizes differ, or the mask gives no picture.
    """
    width, height = picture_size(path)
    if (width, height) != size:
        raise DataError(
            f"the mask has {width}×{height} px, but {content} has {size[0]}×{size[1]} px",
            where=str(path),
            hint="Paint the mask on a copy of the picture, so that both have the same pixels.",
        )
