"""What the tests share: one thread, and pictures of known tone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from artgen_halftone.config import HalftoneConfig

pytest_plugins = ["artgen.testing.fixtures"]


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def flat(*colour: int, width: int = 64, height: int = 64) -> NDArray[np.uint8]:
    """A picture of one colour."""
    return np.full((height, width, 3), colour, np.uint8)


def config(**options: Any) -> HalftoneConfig:
    return HalftoneConfig.model_validate({"width_mm": 60.0, "dpi": 150, "lpi": 20.0, **options})
