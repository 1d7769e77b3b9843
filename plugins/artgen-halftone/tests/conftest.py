"""What the tests share: a folder to work in, and pictures of known tone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from artgen.testing.pictures import copy_pictures
from numpy.typing import NDArray

from artgen_halftone.config import HalftoneConfig


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a few pictures, in which artgen works."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path / "cache"))
    copy_pictures(Path("pictures"))
    return tmp_path


def flat(*colour: int, width: int = 64, height: int = 64) -> NDArray[np.uint8]:
    """A picture of one colour."""
    return np.full((height, width, 3), colour, np.uint8)


def config(**options: Any) -> HalftoneConfig:
    return HalftoneConfig.model_validate({"width_mm": 60.0, "dpi": 150, "lpi": 20.0, **options})
