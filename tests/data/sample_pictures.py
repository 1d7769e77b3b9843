"""Real pictures for the tests, and ways to write and read variants of them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artgen.data.config import DataConfig
from artgen.data.decode import Recipe, decode

PICTURES = Path(__file__).parent / "pictures"


def config(folder: Path, **options: Any) -> DataConfig:
    return DataConfig(folder=folder, **{"size": 32, **options})


def encoded(image: Image.Image, kind: str, **options: Any) -> io.BytesIO:
    file = io.BytesIO()
    image.save(file, kind, **options)
    file.seek(0)
    return file


def decoded(file: Any, **options: Any) -> NDArray[np.uint8]:
    """A file brought to 32×32 RGB, or as the options say."""
    recipe = Recipe.of(config(Path(), **options))
    channels = {"gray": 1, "rgb": 3, "rgba": 4}[recipe.colors]
    return np.frombuffer(decode(file, recipe), np.uint8).reshape(recipe.height, recipe.width, channels)


def distance(one: Any, other: Any) -> float:
    """Mean difference of two pictures, in levels of 255."""
    return float(np.abs(np.asarray(one, float) - np.asarray(other, float)).mean())
