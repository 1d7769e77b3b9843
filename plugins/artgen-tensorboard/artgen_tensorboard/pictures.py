"""The picture that stands for a file of a run: itself, made smaller, or the first frame of a film."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from imageio_ffmpeg import get_ffmpeg_exe
from numpy.typing import NDArray
from PIL import Image

if TYPE_CHECKING:
    from artgen.runs.store import Artifact


def picture_of(artifact: Artifact, run_folder: Path, long_side_px: int) -> NDArray[np.uint8] | None:
    """A picture of what was saved; None of what is none, such as a page or a drawing of lines.

    Shape:
        (H, W, 3 or 4)
    """
    path = run_folder / artifact.path
    image = _of_film(path, artifact.details, run_folder) if artifact.kind == "film" else _opened(path)
    if image is None:
        return None
    image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image.thumbnail((long_side_px, long_side_px), Image.Resampling.LANCZOS)
    return np.asarray(image)


def _opened(path: Path) -> Image.Image | None:
    try:
        with Image.open(path) as image:
            image.load()
            return image.copy()
    except (OSError, Image.DecompressionBombError):  # no picture, cut short, or a sheet as large as a wall
        return None


def _of_film(path: Path, details: Mapping[str, Any], run_folder: Path) -> Image.Image | None:
    """Its poster where it has one, else its first frame."""
    poster = details.get("poster")
    if poster and (image := _opened(run_folder / str(poster))):
        return image
    if image := _opened(path):  # GIF, WebP
        return image
    command = [
        get_ffmpeg_exe(),
        "-v",
        "error",
        "-i",
        str(path),
        "-frames:v",
        "1",
        "-f",
        "image2pipe",
        "-c:v",
        "png",
        "-",
    ]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - artgen's own ffmpeg
    return _from_bytes(done.stdout) if done.returncode == 0 and done.stdout else None


def _from_bytes(data: bytes) -> Image.Image:
    import io

    with Image.open(io.BytesIO(data)) as image:
        return image.copy()
