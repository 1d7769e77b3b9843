"""Finished pictures with 16 bits a channel, as PNG or TIFF, by the extra `deep`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artgen.data.deep import deep_is_installed
from artgen.data.srgb import srgb_profile
from artgen.errors import ArtgenError
from artgen.outputs.containers.png import chunk
from artgen.outputs.containers.png_write import shown_as
from artgen.outputs.metadata import XMP_TAG, png_text, xmp_packet
from artgen.runs.files import whole_file

_PNG_HEADER_BYTES = 8 + 25
"""Signature and first chunk of a PNG; whatever must stand before the pixels can stand right after them."""
_BYTE = 1


def save_deep(pixels: NDArray[np.uint16], path: Path, details: Mapping[str, str], *, dpi: float | None = None) -> None:
    """Write a picture with all of its 16 bits and a profile of sRGB, whole or not at all.

    Args:
        pixels: (H, W, 3 or 4), sRGB, straight alpha.
        path: of the file; its ending, .png or .tif, says which format.
        details: keyword and text of what it carries: text in a PNG; tags and XMP in a TIFF.
        dpi: how large it is printed; None says nothing of that.

    Raises:
        ArtgenError: the extra is not installed, or the file cannot be written.
    """
    if not deep_is_installed():
        raise ArtgenError(
            "pictures of 16 bits need two more packages",
            where=path.name,
            hint="pip install 'artgen-toolkit[deep]', or write 8 bits.",
        )
    write = _write_png if path.suffix.lower() == ".png" else _write_tiff
    with whole_file(path) as part:
        write(part, np.ascontiguousarray(pixels), details, dpi)


def _write_png(path: Path, pixels: NDArray[np.uint16], details: Mapping[str, str], dpi: float | None) -> None:
    import imagecodecs

    encoded = imagecodecs.png_encode(pixels)
    texts = ((kind, data) for kind, data, *_ in png_text(details).chunks)
    with path.open("wb") as file:
        file.write(encoded[:_PNG_HEADER_BYTES])
        file.writelines(chunk(kind, data) for kind, data in (*shown_as(srgb_profile(), dpi or 0), *texts))
        file.write(memoryview(encoded)[_PNG_HEADER_BYTES:])


def _write_tiff(path: Path, pixels: NDArray[np.uint16], details: Mapping[str, str], dpi: float | None) -> None:
    import tifffile

    options: dict[str, Any] = {"extrasamples": ["unassalpha"]} if pixels.shape[2] == 4 else {}
    if dpi:
        options |= {"resolution": (dpi, dpi), "resolutionunit": "inch"}
    if details:
        xmp = xmp_packet(details)
        options["extratags"] = [(XMP_TAG, _BYTE, len(xmp), xmp, True)]
    tifffile.imwrite(
        path,
        pixels,
        photometric="rgb",
        compression="zlib",
        predictor=True,
        iccprofile=srgb_profile(),
        description=details.get("Description", "").encode() or None,
        software=details.get("Software", False),
        metadata=None,  # else it describes its own array there
        **options,
    )
